"""SPLIT, SPLIT_V, UNPACK, REVERSE_V2 and STRIDED_SLICE become SLICEs, one an output; PACK becomes a CONCATENATION.

So there is one operator that cuts and one that joins, and both have one output, as whatever runs by rows must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tinykit.graph.ir import Graph, Op, Shape, Tensor
from tinykit.graph.passes.rewrite import with_ops
from tinykit.graph.slicing import Slice

_JOINS = "PACK"


def pieces(graph: Graph) -> Graph:
    """Rewrite every operator that cuts or joins; a slice of everything becomes a view."""
    rewritten = _Rewriter(graph)
    for op in graph.ops:
        if "slices" in op.attrs:
            rewritten.cut(op)
        elif op.kind == _JOINS:
            rewritten.join(op)
        else:
            rewritten.ops.append(op)
    return with_ops(graph, rewritten.ops, rewritten.tensors) if rewritten.changed else graph


class _Rewriter:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.tensors: dict[int, Tensor] = dict(graph.tensors)
        self.ops: list[Op] = []
        self.changed = False

    def cut(self, op: Op) -> None:
        """A SLICE for each output; where an axis is dropped, the output is a view of what was cut."""
        self.changed = True
        (source,) = op.inputs
        assert source is not None
        for output, piece in zip(op.outputs, op.attrs["slices"], strict=True):
            if piece.size == self.tensors[source].shape and min(piece.step) > 0:
                self.tensors[output] = replace(self.tensors[output], alias_of=source)
                continue
            target = output if piece.size == self.tensors[output].shape else self._behind(output, piece.size)
            self.ops.append(Op("SLICE", (source,), (target,), _attrs(piece), op.label))

    def _behind(self, output: int, shape: Shape) -> int:
        """A new tensor of which `output` becomes a view."""
        tensor = self.tensors[output]
        added = self._add(replace(tensor, name=f"{tensor.name}/cut", shape=shape))
        self.tensors[output] = replace(tensor, alias_of=added)
        return added

    def join(self, op: Op) -> None:
        self.changed = True
        axis = op.attrs["axis"]
        inputs = tuple(self._unsqueezed(source, axis) for source in op.inputs if source is not None)
        attrs = MappingProxyType({"axis": axis, "activation": "none"})
        self.ops.append(Op("CONCATENATION", inputs, op.outputs, attrs, op.label))

    def _unsqueezed(self, source: int, axis: int) -> int:
        """The same bytes with an axis of length one."""
        tensor = self.tensors[source]
        shape = (*tensor.shape[:axis], 1, *tensor.shape[axis:])
        if tensor.data is not None:
            return self._add(replace(tensor, shape=shape, data=tensor.data.reshape(shape)))
        return self._add(replace(tensor, name=f"{tensor.name}/unsqueezed", shape=shape, alias_of=source))

    def _add(self, tensor: Tensor) -> int:
        added = max(self.tensors) + 1
        self.tensors[added] = tensor
        return added


def _attrs(piece: Slice) -> Mapping[str, Any]:
    return MappingProxyType({"begin": piece.begin, "size": piece.size, "step": piece.step})
