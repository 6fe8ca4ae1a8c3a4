"""A dense layer over several tokens is a 1 × 1 convolution of a line of them, and runs token by token like one."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

from tinykit.graph.ir import DType, Graph, Op, Shape, Tensor
from tinykit.graph.passes.rewrite import as_views, with_ops


def dense_of_tokens(graph: Graph) -> Graph:
    """Turn each int8 FULLY_CONNECTED that reads more than one row of inputs into a CONV_2D; weights and rounding are the same."""
    tensors, ops, views = dict(graph.tensors), list[Op](), dict[int, int]()
    for op in graph.ops:
        if op.kind != "FULLY_CONNECTED" or not _is_of_tokens(graph, op):
            ops.append(op)
            continue
        source, weights, target = op.inputs[0], op.inputs[1], op.outputs[0]
        assert source is not None and weights is not None
        read, filters, made = (max(tensors) + n for n in (1, 2, 3))
        outputs, inputs = tensors[weights].shape
        plane = _plane(tensors[source])
        tensors[read] = replace(tensors[source], shape=(*plane, inputs), alias_of=source)
        tensors[filters] = _filters(tensors[weights])
        tensors[made] = replace(tensors[target], shape=(*plane, outputs))
        views[target] = made
        ops.append(replace(op, kind="CONV_2D", inputs=(read, filters, *op.inputs[2:]), outputs=(made,), attrs=_attrs(op)))
    return as_views(with_ops(graph, ops, tensors), views, ops) if views else graph


def _is_of_tokens(graph: Graph, op: Op) -> bool:
    if len(op.inputs) < 2 or op.inputs[0] is None or op.inputs[1] is None:
        return False
    source, weights, target = graph.tensors[op.inputs[0]], graph.tensors[op.inputs[1]], graph.tensors[op.outputs[0]]
    if weights.data is None or len(weights.shape) != 2 or {source.dtype, weights.dtype, target.dtype} != {DType.INT8}:
        return False
    outputs, inputs = weights.shape
    return source.shape[-1:] == (inputs,) and inputs < source.elements and target.elements * inputs == source.elements * outputs


def _plane(tensor: Tensor) -> Shape:
    """Rows and pixels of a map, else one row."""
    return tensor.shape[:3] if len(tensor.shape) == 4 and tensor.shape[0] == 1 else (1, 1, math.prod(tensor.shape[:-1]))


def _filters(weights: Tensor) -> Tensor:
    outputs, inputs = weights.shape
    assert weights.data is not None
    return replace(weights, shape=(outputs, 1, 1, inputs), data=weights.data.reshape(outputs, 1, 1, inputs))


def _attrs(op: Op) -> MappingProxyType[str, object]:
    """Of a convolution that reads each pixel by itself."""
    one = {"stride": (1, 1), "dilation": (1, 1), "padding": (0, 0, 0, 0)}
    return MappingProxyType({**one, "activation": op.attrs["activation"]})
