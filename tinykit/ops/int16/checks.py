"""What every 16x8 operator asks of its tensors."""

from __future__ import annotations

from typing import Final

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Node
from tinykit.ops.fixed_point import Scale, activation_range

ENDS: Final = (-(2**15), 2**15 - 1)


def int16_scale(node: Node, tensor: Tensor) -> float:
    """The scale of an int16 tensor quantised as a whole around 0; InputError for any other."""
    if tensor.dtype is not DType.INT16:
        raise InputError(f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value} where the others are int16")
    quant = node.quant(tensor)
    if quant.per_channel or quant.zero_point[0] != 0:
        raise InputError(f"{node.where}: int16 tensor '{tensor.name}' must have one scale and the zero point 0")
    return quant.scale[0]


def int16_bounds(node: Node) -> tuple[int, int]:
    """The int16 range of the fused activation; InputError for one that is no range."""
    activation = node.attrs.get("activation", "none")
    try:
        return activation_range(activation, Scale(int16_scale(node, node.output), 0), ENDS)
    except KeyError:
        raise InputError(f"{node.where}: fused activation {activation} is not supported") from None
    except OverflowError:
        raise InputError(f"{node.where}: the output's scale is too small for its activation") from None
