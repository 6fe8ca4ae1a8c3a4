"""ADD, SUB, MUL, MINIMUM and MAXIMUM of int16 operands, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import Tensor
from tinykit.ops.axes import Axis
from tinykit.ops.base import Field, Kernel, Node, Params
from tinykit.ops.checks import check_shift
from tinykit.ops.fixed_point import quantise_multiplier
from tinykit.ops.int16.checks import int16_bounds, int16_scale
from tinykit.ops.pairs import Pair, is_rowwise, operands, row_cost, row_walk, walk

_LEFT_SHIFT = 15
Fields = Callable[[Node], Mapping[str, Field]]


def _kernels(name: str, source: str, fields: Fields) -> tuple[Kernel, ...]:
    """By rows and by any axes."""

    def params(axes: Callable[[Node], list[Axis] | None]) -> Callable[[Node], Params]:
        return lambda node: Params("tk_pairs_s16", {**operands(node, axes(node), ""), **fields(node)})

    return (
        Kernel(f"{name}_row_s16", source, True, params(row_walk), is_rowwise, cost=row_cost),
        Kernel(f"{name}_s16", source, False, params(walk), cost=row_cost),
    )


class PairInt16(Pair):
    def check_type(self, node: Node, tensor: Tensor) -> None:
        int16_scale(node, tensor)


def _scales(node: Node) -> tuple[float, float, float]:
    return int16_scale(node, node.input(0)), int16_scale(node, node.input(1)), int16_scale(node, node.output)


def _range(node: Node) -> dict[str, Field]:
    low, high = int16_bounds(node)
    return {"low": low, "high": high}


def _ratios(node: Node) -> tuple[float, float, float]:
    """Of both inputs to twice the larger scale, and of that to the output."""
    first, second, output = _scales(node)
    twice_max = 2 * max(first, second)
    return first / twice_max, second / twice_max, twice_max / ((1 << _LEFT_SHIFT) * output)


def _sum_fields(node: Node) -> Mapping[str, Field]:
    found: dict[str, Field] = _range(node)
    for name, ratio in zip(("first_", "second_", ""), _ratios(node), strict=True):
        found[f"{name}multiplier"], found[f"{name}shift"] = quantise_multiplier(ratio)
    return found


class SumInt16(PairInt16):
    def check(self, node: Node) -> None:
        super().check(node)
        int16_bounds(node)
        if not 0 < _ratios(node)[2] < 1:
            raise InputError(f"{node.where}: the output's scale is too small for its inputs'")


class AddInt16(SumInt16):
    kind = "ADD"
    kernels = _kernels("tk_add", "tk_sum_s16", _sum_fields)


class SubInt16(SumInt16):
    kind = "SUB"
    kernels = _kernels("tk_sub", "tk_sum_s16", _sum_fields)


def _mul_scale(node: Node) -> tuple[int, int]:
    first, second, output = _scales(node)
    return quantise_multiplier(first * second / output)


def _mul_fields(node: Node) -> Mapping[str, Field]:
    multiplier, shift = _mul_scale(node)
    return {"multiplier": multiplier, "shift": shift, **_range(node)}


class MulInt16(PairInt16):
    kind = "MUL"
    kernels = _kernels("tk_mul", "tk_mul_s16", _mul_fields)

    def check(self, node: Node) -> None:
        super().check(node)
        int16_bounds(node)
        check_shift(node, _mul_scale(node)[1])


class MinimumInt16(PairInt16):
    kind = "MINIMUM"
    kernels = _kernels("tk_minimum", "tk_min_max_s16", lambda node: {})


class MaximumInt16(PairInt16):
    kind = "MAXIMUM"
    kernels = _kernels("tk_maximum", "tk_min_max_s16", lambda node: {})


ADD = AddInt16()
SUB = SubInt16()
MUL = MulInt16()
MINIMUM = MinimumInt16()
MAXIMUM = MaximumInt16()
