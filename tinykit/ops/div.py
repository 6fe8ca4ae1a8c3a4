"""DIV, elementwise with broadcasting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.ops.base import Field, Node
from tinykit.ops.checks import activation_bounds, check_shift, int8_scale
from tinykit.ops.fixed_point import (
    Ints,
    Scale,
    quantise_multiplier,
    requantise,
)
from tinykit.ops.gemmlowp import high_mul, one_over_one_plus
from tinykit.ops.pairs import Pair, pair_kernels

_MOST_SHIFT = 23
"""What the dividend of the largest magnitude is shifted left by before the division."""


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _multiplier(node: Node) -> tuple[int, int]:
    first, second, output = _scales(node)
    return quantise_multiplier(first.scale / (second.scale * output.scale))


def _fields(node: Node) -> Mapping[str, Field]:
    (first, second, output), (multiplier, shift) = _scales(node), _multiplier(node)
    low, high = activation_bounds(node)
    return {
        "first_zero_point": first.zero_point,
        "second_zero_point": second.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "zero_point": output.zero_point,
        "low": low,
        "high": high,
    }


def _quotient(node: Node, x: Ints, y: Ints) -> Ints:
    """As `tk_div.c` divides."""
    (first, second, output), (multiplier, shift) = _scales(node), _multiplier(node)
    divisor = y - second.zero_point
    dividend = (x - first.zero_point) * np.where(divisor < 0, -1, 1)
    divisor = np.maximum(np.abs(divisor), 1)
    bits: Ints = np.frexp(divisor)[1].astype(np.int64)
    reciprocal = one_over_one_plus((divisor << (32 - bits)) - 2**31)
    headroom = 31 - np.frexp(np.where(dividend < 0, ~dividend, dividend))[1].astype(np.int64)
    quotient = high_mul(dividend << headroom, reciprocal)
    scaled = [
        int(requantise(np.array([q]), multiplier, s)[0]) if s >= -31 else 0
        for q, s in zip(quotient.tolist(), (shift - (bits - 1) - headroom).tolist(), strict=True)
    ]
    result: Ints = np.clip(np.array(scaled) + output.zero_point, *activation_bounds(node))
    return result


class Div(Pair):
    kind = "DIV"
    kernels = pair_kernels("tk_div", _fields, _quotient)

    def check(self, node: Node) -> None:
        super().check(node)
        activation_bounds(node)
        check_shift(node, _multiplier(node)[1], _MOST_SHIFT)


DIV = Div()
