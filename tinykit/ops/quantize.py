"""QUANTIZE between tensors of bytes: the same reals under another scale or zero point, signed or not."""

from __future__ import annotations

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel


def _scale(node: Node, tensor: Tensor) -> Scale:
    """Scale and zero point of an int8 or uint8 tensor; InputError for any other."""
    if tensor.dtype is not DType.UINT8:
        return int8_scale(node, tensor)
    quant = node.quant(tensor)
    if quant.per_channel or not 0 <= quant.zero_point[0] <= 255:
        raise InputError(f"{node.where}: tensor '{tensor.name}' must have one scale and a uint8 zero point")
    return Scale(quant.scale[0], quant.zero_point[0])


def _table(node: Node) -> Ints:
    """By the byte as a signed one, whichever it stands for."""
    source, target = _scale(node, node.input()), _scale(node, node.output)
    values = INT8_VALUES & 255 if node.input().dtype is DType.UINT8 else INT8_VALUES
    scaled = requantise(values - source.zero_point, *quantise_multiplier(source.scale / target.scale))
    ends = np.iinfo(node.output.dtype.numpy)
    return np.clip(scaled + target.zero_point, ends.min, ends.max)


class Quantize(Unary):
    kind = "QUANTIZE"
    kernels = (table_kernel(_table),)

    def check(self, node: Node) -> None:
        _scale(node, node.input())
        _scale(node, node.output)
        if node.input().dtype is node.output.dtype is DType.UINT8:
            raise InputError(f"{node.where}: between uint8 tensors the reference does not requantise")


QUANTIZE = Quantize()
