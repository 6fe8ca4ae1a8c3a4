"""Conditions that several operators share, each failing with the sentence the user reads."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Node
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Scale, activation_range


def int8_scale(node: Node, tensor: Tensor) -> Scale:
    """Scale and zero point of an int8 tensor quantised as a whole; InputError for any other."""
    if tensor.dtype is not DType.INT8:
        raise InputError(
            f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value}, but only int8 is supported",
            hint="quantise the model to int8 with int8 inputs and outputs",
        )
    quant = node.quant(tensor)
    if quant.per_channel or not INT8_MIN <= quant.zero_point[0] <= INT8_MAX or not quant.scale[0] > 0:
        raise InputError(f"{node.where}: tensor '{tensor.name}' must have one positive scale and an int8 zero point")
    return Scale(quant.scale[0], quant.zero_point[0])


def activation_bounds(node: Node) -> tuple[int, int]:
    """The int8 range of the fused activation; InputError for one that is no range."""
    activation = node.attrs.get("activation", "none")
    output = int8_scale(node, node.output)
    try:
        return activation_range(activation, output)
    except KeyError:
        raise InputError(f"{node.where}: fused activation {activation} is not supported") from None
    except OverflowError:
        raise InputError(f"{node.where}: the output's scale is too small for its activation") from None


def check_shift(node: Node, shift: int, most: int = 30) -> None:
    """A left shift must leave something of 32 bits."""
    if shift > most:
        raise InputError(f"{node.where}: the output's scale is too small for its inputs'")


def check_same_type(node: Node, source: Tensor, target: Tensor) -> None:
    """Elements that are only moved: int8, int16 or float32, of one type on both sides."""
    same = source.dtype is target.dtype and source.dtype in (DType.INT16, DType.FLOAT32)
    for tensor in (source, target):
        if tensor.dtype is not DType.INT8 and not same:
            int8_scale(node, tensor)
