"""MUL, elementwise with broadcasting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.ops.base import Field, Node
from tinykit.ops.checks import activation_bounds, check_shift, int8_scale
from tinykit.ops.fixed_point import Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.pairs import Pair, pair_kernels


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _multiplier(node: Node) -> tuple[int, int]:
    first, second, output = _scales(node)
    return quantise_multiplier(first.scale * second.scale / output.scale)


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


def _product(node: Node, x: Ints, y: Ints) -> Ints:
    first, second, output = _scales(node)
    scaled = requantise((x - first.zero_point) * (y - second.zero_point), *_multiplier(node))
    return np.clip(scaled + output.zero_point, *activation_bounds(node))


class Mul(Pair):
    kind = "MUL"
    kernels = pair_kernels("tk_mul", _fields, _product)

    def check(self, node: Node) -> None:
        super().check(node)
        activation_bounds(node)
        check_shift(node, _multiplier(node)[1])


MUL = Mul()
