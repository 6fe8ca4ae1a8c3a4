"""QUANTIZE from float32, DEQUANTIZE to it, and CAST between it and integers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Field, Kernel, Node, Params
from tinykit.ops.float32.checks import check_real
from tinykit.ops.states import one_scale
from tinykit.ops.unary import Unary, channels_of, per_output

_STORED = (DType.INT8, DType.INT16)
_CAST = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)


def _check_stored(node: Node, tensor: Tensor) -> None:
    if tensor.dtype not in _STORED:
        raise InputError(f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value}, but only int8 and int16 are supported")
    one_scale(node, tensor)


def _fields(node: Node, stored: Tensor) -> dict[str, Field]:
    scale, zero_point = one_scale(node, stored)
    return {"scale": scale, "zero_point": zero_point, "bytes": stored.dtype.size, "channels": channels_of(node.output.shape)}


def _quantize(node: Node) -> Params:
    return Params("tk_real_edge", _fields(node, node.output))


def _dequantize(node: Node) -> Params:
    return Params("tk_real_edge", _fields(node, node.input()))


def _cast(node: Node) -> Params:
    types = {"from": node.input().dtype, "to": node.output.dtype}
    names: dict[str, Field] = {name: f"TK_CAST_{dtype.value.upper()}" for name, dtype in types.items()}
    return Params("tk_cast", {**names, "channels": channels_of(node.output.shape)})


class FromReals(Unary):
    kind = "QUANTIZE"
    kernels = (Kernel("tk_quantize_row_f32", "tk_real_edge", True, _quantize, cost=per_output),)

    def check(self, node: Node) -> None:
        check_real(node, node.input())
        _check_stored(node, node.output)

    def in_place(self, node: Node) -> tuple[int, ...]:
        return ()


class Dequantize(Unary):
    kind = "DEQUANTIZE"
    kernels = (Kernel("tk_dequantize_row_f32", "tk_real_edge", True, _dequantize, cost=per_output),)

    def check(self, node: Node) -> None:
        _check_stored(node, node.input())
        check_real(node, node.output)

    def in_place(self, node: Node) -> tuple[int, ...]:
        return ()


def _cast_cost(node: Node) -> Mapping[str, float]:
    source, target = (tensor.dtype is DType.FLOAT32 for tensor in (node.input(), node.output))
    term = "copied" if source == target else "to_integer" if source else "to_real"
    return {term: node.output.elements}


class Cast(Unary):
    kind = "CAST"
    kernels = (Kernel("tk_cast_row", "tk_cast", True, _cast, cost=_cast_cost),)

    def check(self, node: Node) -> None:
        for tensor in (node.input(), node.output):
            if tensor.dtype not in _CAST:
                raise InputError(f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value}, which cannot be cast")
            if tensor.data is not None and tensor.dtype is DType.FLOAT32 and not np.isfinite(tensor.data).all():
                raise InputError(f"{node.where}: constant '{tensor.name}' holds values that are not finite")

    def in_place(self, node: Node) -> tuple[int, ...]:
        return (0,) if node.input().dtype.size == node.output.dtype.size else ()


FROM_REALS = FromReals()
DEQUANTIZE = Dequantize()
CAST = Cast()
