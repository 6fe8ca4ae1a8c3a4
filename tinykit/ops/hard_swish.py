"""HARD_SWISH: x · relu6(x + 3) / 6, in TFLite's 16-bit fixed point."""

from __future__ import annotations

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, rounding_divide_by_power_of_two
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel


def _multiplier(ratio: float) -> tuple[int, int]:
    """16-bit multiplier and shift."""
    multiplier, shift = quantise_multiplier(ratio)
    return min((multiplier + (1 << 15)) >> 16, 2**15 - 1), shift


def _multipliers(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of the output, and of the factor relu6(x + 3) / 6."""
    fine = int8_scale(node, node.input()).scale / 128
    return _multiplier(fine / int8_scale(node, node.output).scale), _multiplier(fine / (3 / 32768))


def _high_mul(x: Ints, multiplier: int) -> Ints:
    product: Ints = x * multiplier
    return (product + (1 << 14)) >> 15


def _int16(x: Ints) -> Ints:
    return np.clip(x, -(2**15), 2**15 - 1)


def _table(node: Node) -> Ints:
    (multiplier, shift), (factor_multiplier, factor_shift) = _multipliers(node)
    x = (INT8_VALUES - int8_scale(node, node.input()).zero_point) << 7
    factor = _high_mul(_int16(x << max(factor_shift - 1, 0)), factor_multiplier)
    factor = _int16(factor << 1) if factor_shift > 0 else rounding_divide_by_power_of_two(factor, -factor_shift)
    product = ((factor + (1 << 15)) >> 1) * _high_mul(x, multiplier)
    truncated = np.sign(product) * (np.abs(product) >> 15)
    result = rounding_divide_by_power_of_two(truncated, -shift) + int8_scale(node, node.output).zero_point
    return np.clip(result, INT8_MIN, INT8_MAX)


class HardSwish(Unary):
    kind = "HARD_SWISH"
    kernels = (table_kernel(_table),)

    def check(self, node: Node) -> None:
        super().check(node)
        (_, shift), (_, factor_shift) = _multipliers(node)
        if shift > 0 or abs(factor_shift) > 31:
            raise InputError(f"{node.where}: the scales of input and output are too far apart")


HARD_SWISH = HardSwish()
