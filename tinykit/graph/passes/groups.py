"""A grouped CONV_2D, whose filters read some of the channels only, becomes plain ones on slices of its input, joined again.

With one channel a group it is a DEPTHWISE_CONV_2D. The sums are the same, term by term.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tinykit.graph.ir import Graph, Op, Quant, Tensor
from tinykit.graph.passes.rewrite import with_attrs, with_ops

_MOST = 32
"""Groups that are worth three operators each."""


def split_groups(graph: Graph) -> Graph:
    """Rewrite every convolution whose channels divide into groups; what does not divide is left for the check to refuse."""
    rewritten = _Rewriter(graph)
    for op in graph.ops:
        groups = _groups(graph, op) if op.kind == "CONV_2D" else 1
        if groups == 1:
            rewritten.ops.append(op)
        elif graph.tensors[op.inputs[0] or 0].shape[3] == groups:
            rewritten.depthwise(op, groups)
        else:
            rewritten.split(op, groups)
    return with_ops(graph, rewritten.ops, rewritten.tensors) if len(rewritten.tensors) > len(graph.tensors) else graph


def _groups(graph: Graph, op: Op) -> int:
    """How many groups to split `op` into; 1 for what is none, or not as the check wants it."""
    data, weights, *biases = (graph.tensors[t] for t in op.inputs if t is not None)
    output = graph.tensors[op.outputs[0]]
    if 0 in weights.shape or output.shape[3:] != weights.shape[:1]:
        return 1
    groups, rest = divmod(data.shape[3], weights.shape[3])
    divides = groups and not rest and not weights.shape[0] % groups
    whole = all(_of_each(tensor, weights.shape[0]) for tensor in (weights, *biases))
    return groups if divides and whole and (groups == data.shape[3] or groups <= _MOST) else 1


def _of_each(tensor: Tensor, filters: int) -> bool:
    """Whether a tensor is a constant with a part for each filter."""
    scales = 1 if tensor.quant is None else len(tensor.quant.scale)
    return tensor.data is not None and tensor.shape[:1] == (filters,) and scales in (1, filters)


class _Rewriter:
    def __init__(self, graph: Graph) -> None:
        self.tensors: dict[int, Tensor] = dict(graph.tensors)
        self.ops: list[Op] = []

    def depthwise(self, op: Op, groups: int) -> None:
        """Weights [filters, height, width, 1] as [1, height, width, filters]."""
        data, weights, *bias = op.inputs
        assert weights is not None
        tensor = self.tensors[weights]
        assert tensor.data is not None
        moved = np.ascontiguousarray(tensor.data.transpose(3, 1, 2, 0))
        quant = replace(tensor.quant, axis=3) if tensor.quant else None
        turned = self._add(replace(tensor, name=f"{tensor.name}/turned", shape=moved.shape, data=moved, quant=quant))
        made = with_attrs(op, depth_multiplier=tensor.shape[0] // groups)
        self.ops.append(replace(made, kind="DEPTHWISE_CONV_2D", inputs=(data, turned, *bias)))

    def split(self, op: Op, groups: int) -> None:
        source, *constants = op.inputs
        (output,) = op.outputs
        assert source is not None
        results = []
        for group in range(groups):
            piece, result = (self._add(self._piece(tensor, group, groups)) for tensor in (source, output))
            parts = [None if t is None else self._add(self._filters(t, group, groups)) for t in constants]
            size = self.tensors[piece].shape
            cut = {"begin": (0, 0, 0, group * size[3]), "size": size, "step": (1, 1, 1, 1)}
            self.ops.append(Op("SLICE", (source,), (piece,), MappingProxyType(cut), op.label))
            self.ops.append(replace(op, inputs=(piece, *parts), outputs=(result,)))
            results.append(result)
        joined = MappingProxyType({"axis": 3, "activation": "none"})
        self.ops.append(Op("CONCATENATION", tuple(results), (output,), joined, op.label))

    def _piece(self, tensor: int, group: int, groups: int) -> Tensor:
        """A group's channels of a map, still to be computed."""
        whole = self.tensors[tensor]
        shape = (*whole.shape[:3], whole.shape[3] // groups)
        return Tensor(f"{whole.name}/group{group}", shape, whole.dtype, whole.quant)

    def _filters(self, tensor: int, group: int, groups: int) -> Tensor:
        """A group's part of the weights or biases: along the first axis."""
        whole = self.tensors[tensor]
        assert whole.data is not None
        count = whole.shape[0] // groups
        part = slice(group * count, (group + 1) * count)
        data = whole.data[part]
        return replace(
            whole, name=f"{whole.name}/group{group}", shape=data.shape, data=data, quant=_part(whole.quant, part)
        )

    def _add(self, tensor: Tensor) -> int:
        added = max(self.tensors) + 1
        self.tensors[added] = tensor
        return added


def _part(quant: Quant | None, part: slice) -> Quant | None:
    if quant is None or not quant.per_channel:
        return quant
    return replace(quant, scale=quant.scale[part], zero_point=quant.zero_point[part])
