"""LOGISTIC and TANH: gemmlowp's fixed-point curves, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, requantise, rounding_divide_by_power_of_two
from tinykit.ops.gemmlowp import logistic, tanh
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel

_INTEGER_BITS = 4


def _argument_scale(node: Node) -> tuple[int, int]:
    return quantise_multiplier(int8_scale(node, node.input()).scale * (1 << (31 - _INTEGER_BITS)))


def _curve(node: Node, function: Callable[[Ints, int], Ints], result_bits: int, zero_point: int) -> Ints:
    multiplier, shift = _argument_scale(node)
    radius = math.floor(((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / (1 << shift))
    x = INT8_VALUES - int8_scale(node, node.input()).zero_point
    inside = requantise(np.clip(x, 1 - radius, radius - 1), multiplier, shift)
    result = rounding_divide_by_power_of_two(function(inside, _INTEGER_BITS), 31 - result_bits) + zero_point
    return np.select([x <= -radius, x >= radius], [INT8_MIN, INT8_MAX], np.clip(result, INT8_MIN, INT8_MAX))


class Sigmoid(Unary):
    """The scale of the output is taken to be what the curve's range asks for, as in tflite_micro."""

    def check(self, node: Node) -> None:
        super().check(node)
        if _argument_scale(node)[1] not in range(48):
            raise InputError(f"{node.where}: the input's scale is out of the range TFLite can compute with")


class Logistic(Sigmoid):
    kind = "LOGISTIC"
    kernels = (table_kernel(lambda node: _curve(node, logistic, 8, -128)),)

    def check(self, node: Node) -> None:
        super().check(node)
        if int8_scale(node, node.output).zero_point != INT8_MIN:
            raise InputError(f"{node.where}: the output must have the zero point -128")


class Tanh(Sigmoid):
    kind = "TANH"
    kernels = (table_kernel(lambda node: _curve(node, tanh, 7, 0)),)


LOGISTIC = Logistic()
TANH = Tanh()
