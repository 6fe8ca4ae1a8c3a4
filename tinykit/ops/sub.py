"""SUB, elementwise with broadcasting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.base import Field, Node
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.fixed_point import Ints, Scale, quantise_multiplier, requantise
from tinykit.ops.linear_add import LEFT_SHIFT, Rescale
from tinykit.ops.pairs import Pair, pair_kernels


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _ratios(node: Node) -> tuple[float, float, float]:
    """Of both inputs to twice the larger scale, and of that to the output."""
    first, second, output = (s.scale for s in _scales(node))
    twice_max = 2 * max(first, second)
    return first / twice_max, second / twice_max, twice_max / ((1 << LEFT_SHIFT) * output)


def _rescale(node: Node) -> Rescale:
    return Rescale(*(quantise_multiplier(ratio) for ratio in _ratios(node)))


def _fields(node: Node) -> Mapping[str, Field]:
    r, (first, second, output) = _rescale(node), _scales(node)
    low, high = activation_bounds(node)
    fields: dict[str, Field] = {"low": low, "high": high}
    for name, (multiplier, shift), scale in (("first_", r.first, first), ("second_", r.second, second), ("", r.output, output)):
        fields |= {f"{name}multiplier": multiplier, f"{name}shift": shift, f"{name}zero_point": scale.zero_point}
    return fields


def _difference(node: Node, x: Ints, y: Ints) -> Ints:
    r, (first, second, output) = _rescale(node), _scales(node)
    scaled = requantise((x - first.zero_point) << LEFT_SHIFT, *r.first)
    scaled -= requantise((y - second.zero_point) << LEFT_SHIFT, *r.second)
    return np.clip(requantise(scaled, *r.output) + output.zero_point, *activation_bounds(node))


class Sub(Pair):
    kind = "SUB"
    kernels = pair_kernels("tk_sub", _fields, _difference)

    def check(self, node: Node) -> None:
        super().check(node)
        activation_bounds(node)
        if not 0 < _ratios(node)[2] < 1:
            raise InputError(f"{node.where}: the output's scale is too small for its inputs'")


SUB = Sub()
