"""REDUCE_MAX and REDUCE_MIN over any axes, and ARG_MAX and ARG_MIN along one."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Field, Kernel, Node, Operator, Params
from tinykit.ops.checks import int8_scale

_LOOPS = 3


def _axes(node: Node, *, reduced: bool) -> list[Axis] | None:
    shape = node.input().shape
    chosen = [
        (size, step)
        for axis, (size, step) in enumerate(zip(shape, strides(shape), strict=True))
        if (axis in node.attrs["axes"]) is reduced
    ]
    return padded(joined(chosen), _LOOPS, 1)


def _reduce_params(node: Node) -> Params:
    fields: dict[str, Field] = {}
    for name, reduced in (("kept", False), ("reduced", True)):
        axes = _axes(node, reduced=reduced)
        assert axes is not None
        fields |= {name: braces([size for size, _ in axes]), f"{name}_stride": braces([step for _, step in axes])}
    return Params("tk_reduce_extreme", fields)


def _per_value(node: Node) -> Mapping[str, float]:
    return {"value": node.input().elements, "output": node.output.elements}


class _ReduceExtreme(Operator):
    def check(self, node: Node) -> None:
        if int8_scale(node, node.input()) != int8_scale(node, node.output):
            raise InputError(f"{node.where}: input and output must have the same scale and zero point")
        if _axes(node, reduced=False) is None or _axes(node, reduced=True) is None:
            raise InputError(f"{node.where}: reducing this pattern of axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        axes, keep = node.attrs["axes"], node.attrs["keep_dims"]
        shape = (1 if axis in axes else size for axis, size in enumerate(node.input().shape) if keep or axis not in axes)
        return (tuple(shape),)


class ReduceMax(_ReduceExtreme):
    kind = "REDUCE_MAX"
    kernels = (Kernel("tk_reduce_max_s8", "tk_extremes", False, _reduce_params, cost=_per_value),)


class ReduceMin(_ReduceExtreme):
    kind = "REDUCE_MIN"
    kernels = (Kernel("tk_reduce_min_s8", "tk_extremes", False, _reduce_params, cost=_per_value),)


def _place_params(node: Node) -> Params:
    axis, shape = node.attrs["axis"], node.input().shape
    fields: dict[str, Field] = {
        "outer": math.prod(shape[:axis]),
        "count": shape[axis],
        "inner": math.prod(shape[axis + 1 :]),
    }
    return Params("tk_place_of_extreme", fields)


class _PlaceOfExtreme(Operator):
    """The first place where there are several; the reference gives int32."""

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        if node.output.dtype is not DType.INT32:
            raise InputError(f"{node.where} gives {node.output.dtype.value}, but only int32 is supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        axis, shape = node.attrs["axis"], node.input().shape
        return (shape[:axis] + shape[axis + 1 :],)


class ArgMax(_PlaceOfExtreme):
    kind = "ARG_MAX"
    kernels = (Kernel("tk_arg_max_s8", "tk_extremes", False, _place_params, cost=_per_value),)


class ArgMin(_PlaceOfExtreme):
    kind = "ARG_MIN"
    kernels = (Kernel("tk_arg_min_s8", "tk_extremes", False, _place_params, cost=_per_value),)


REDUCE_MAX = ReduceMax()
REDUCE_MIN = ReduceMin()
ARG_MAX = ArgMax()
ARG_MIN = ArgMin()
