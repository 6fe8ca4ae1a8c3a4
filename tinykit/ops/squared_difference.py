"""SQUARED_DIFFERENCE, elementwise with broadcasting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.ops.base import Field, Node
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.linear_add import Rescale
from tinykit.ops.pairs import Pair, pair_kernels

_LEFT_SHIFT = 7


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _rescale(node: Node) -> Rescale:
    first, second, output = _scales(node)
    twice_max = 2 * max(first.scale, second.scale)
    return Rescale(
        quantise_multiplier(first.scale / twice_max),
        quantise_multiplier(second.scale / twice_max),
        quantise_multiplier(twice_max * twice_max / ((1 << 2 * _LEFT_SHIFT) * output.scale)),
    )


def _fields(node: Node) -> Mapping[str, Field]:
    r, scales = _rescale(node), _scales(node)
    fields: dict[str, Field] = {}
    for name, (multiplier, shift), scale in zip(("first_", "second_", ""), (r.first, r.second, r.output), scales, strict=True):
        fields |= {f"{name}multiplier": multiplier, f"{name}shift": shift, f"{name}zero_point": scale.zero_point}
    return fields


def _square(node: Node, x: Ints, y: Ints) -> Ints:
    r, (first, second, output) = _rescale(node), _scales(node)
    difference = requantise((x - first.zero_point) << _LEFT_SHIFT, *r.first)
    difference -= requantise((y - second.zero_point) << _LEFT_SHIFT, *r.second)
    return np.clip(requantise(difference * difference, *r.output) + output.zero_point, INT8_MIN, INT8_MAX)


class SquaredDifference(Pair):
    kind = "SQUARED_DIFFERENCE"
    kernels = pair_kernels("tk_squared_difference", _fields, _square)

    def check(self, node: Node) -> None:
        super().check(node)
        check_shift(node, _rescale(node).output[1])


SQUARED_DIFFERENCE = SquaredDifference()
