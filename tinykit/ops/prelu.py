"""PRELU: a slope below 0 for each channel, or for each element."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.ops.base import Field, Node
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.pairs import Pair, pair_kernels


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _multipliers(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of values from 0 on, and of the products below."""
    source, slope, output = _scales(node)
    return quantise_multiplier(source.scale / output.scale), quantise_multiplier(source.scale * slope.scale / output.scale)


def _fields(node: Node) -> Mapping[str, Field]:
    source, slope, output = _scales(node)
    (multiplier, shift), (slope_multiplier, slope_shift) = _multipliers(node)
    return {
        "first_zero_point": source.zero_point,
        "second_zero_point": slope.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "slope_multiplier": slope_multiplier,
        "slope_shift": slope_shift,
        "zero_point": output.zero_point,
    }


def _values(node: Node, x: Ints, y: Ints) -> Ints:
    source, slope, output = _scales(node)
    above, below = _multipliers(node)
    value = x - source.zero_point
    scaled = np.where(value >= 0, requantise(value, *above), requantise(value * (y - slope.zero_point), *below))
    result: Ints = np.clip(scaled + output.zero_point, INT8_MIN, INT8_MAX)
    return result


class Prelu(Pair):
    kind = "PRELU"
    kernels = pair_kernels("tk_prelu", _fields, _values)

    def check(self, node: Node) -> None:
        super().check(node)
        for _, shift in _multipliers(node):
            check_shift(node, shift)


PRELU = Prelu()
