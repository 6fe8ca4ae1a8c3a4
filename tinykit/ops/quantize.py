"""QUANTIZE between integer tensors: the same reals under another scale, zero point or type."""

from __future__ import annotations

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops import reals
from tinykit.ops.base import Core, Field, Kernel, Node, Params
from tinykit.ops.checks import check_shift
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.unary import INT8_VALUES, Unary, channels_of, per_output, table_kernel

_BYTES = (DType.INT8, DType.UINT8)
_TYPES = (*_BYTES, DType.INT16, DType.INT32)


def _scale(node: Node, tensor: Tensor) -> Scale:
    """Scale and zero point of an integer tensor; InputError for any other."""
    if tensor.dtype not in _TYPES:
        raise InputError(f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value}, which cannot be requantised")
    quant, ends = node.quant(tensor), np.iinfo(tensor.dtype.numpy)
    if quant.per_channel or not ends.min <= quant.zero_point[0] <= ends.max:
        raise InputError(
            f"{node.where}: tensor '{tensor.name}' must have one scale and a zero point that {tensor.dtype.value} can hold"
        )
    return Scale(quant.scale[0], quant.zero_point[0])


def _multiplier(node: Node) -> tuple[int, int]:
    return quantise_multiplier(_scale(node, node.input()).scale / _scale(node, node.output).scale)


def _table(node: Node) -> Ints:
    """By the byte as a signed one, whichever it stands for."""
    if "through" in node.attrs:
        return _real_table(node)
    values = INT8_VALUES & 255 if node.input().dtype is DType.UINT8 else INT8_VALUES
    scaled = requantise(values - _scale(node, node.input()).zero_point, *_multiplier(node))
    ends = np.iinfo(node.output.dtype.numpy)
    return np.clip(scaled + _scale(node, node.output).zero_point, ends.min, ends.max)


def _real_table(node: Node) -> Ints:
    """Dequantised, through functions of reals, and quantised again."""
    source, target = _scale(node, node.input()), _scale(node, node.output)
    x = reals.dequantise(INT8_VALUES, *source)
    with np.errstate(all="ignore"):
        for kind, attrs in node.attrs["through"]:
            if kind in reals.UNARY:
                x = reals.UNARY[kind](x, attrs)
                continue
            constant = np.float32(attrs["constant"])
            x = reals.pair(kind, attrs, *((constant, x) if attrs["first"] else (x, constant)))
        return reals.quantise(x, *target, INT8_MIN, INT8_MAX)


def _are_bytes(node: Node, core: Core) -> bool:
    return node.input().dtype in _BYTES and node.output.dtype in _BYTES


def _params(node: Node) -> Params:
    multiplier, shift = _multiplier(node)
    ends = np.iinfo(node.output.dtype.numpy)
    fields: dict[str, Field] = {
        "in_bytes": node.input().dtype.size,
        "out_bytes": node.output.dtype.size,
        "in_zero_point": _scale(node, node.input()).zero_point,
        "zero_point": _scale(node, node.output).zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "low": "INT32_MIN" if node.output.dtype is DType.INT32 else int(ends.min),
        "high": int(ends.max),
        "channels": channels_of(node.output.shape),
    }
    return Params("tk_requantise_pair", fields)


class Quantize(Unary):
    kind = "QUANTIZE"
    kernels = (
        table_kernel(_table, _are_bytes),
        Kernel("tk_requantise_row", "tk_requantise", True, _params, cost=per_output),
    )

    def check(self, node: Node) -> None:
        source, target = node.input(), node.output
        _scale(node, source)
        _scale(node, target)
        if DType.UINT8 in (source.dtype, target.dtype) and DType.INT8 not in (source.dtype, target.dtype):
            raise InputError(f"{node.where}: from {source.dtype.value} to {target.dtype.value} the reference does not requantise")
        if "through" not in node.attrs:
            check_shift(node, _multiplier(node)[1])

    def in_place(self, node: Node) -> tuple[int, ...]:
        return (0,) if node.input().dtype.size == node.output.dtype.size else ()


QUANTIZE = Quantize()
