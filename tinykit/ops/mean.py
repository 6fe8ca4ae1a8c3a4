"""MEAN and SUM over any axes; over the channels alone, which keep their axis, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import quantise_multiplier

_LOOPS = 3


def count(node: Node) -> int:
    """Values averaged into one output."""
    return math.prod(node.input().shape[axis] for axis in node.attrs["axes"])


def axes(node: Node, *, reduced: bool) -> list[Axis] | None:
    """The axes that are summed over, or those that are kept: size and step in the input; None if there are too many."""
    shape = node.input().shape
    chosen = [
        (size, step)
        for axis, (size, step) in enumerate(zip(shape, strides(shape), strict=True))
        if (axis in node.attrs["axes"]) is reduced
    ]
    return padded(joined(chosen), _LOOPS, 1)


def multiplier(node: Node) -> tuple[int, int]:
    """The ratio of the scales; a mean's has the division by the count worked in, as TFLite does it."""
    ratio, shift = quantise_multiplier(node.quant(node.input()).scale[0] / node.quant(node.output).scale[0])
    if node.op.kind == "SUM":
        return ratio, shift
    values = count(node)
    by = min(values.bit_length() - 1, 32, 31 + shift)
    return (ratio << by) // values, shift - by


def _params(node: Node) -> Params:
    fields: dict[str, Field] = {}
    for name, reduced in (("kept", False), ("reduced", True)):
        found = axes(node, reduced=reduced)
        assert found is not None
        fields |= {name: braces([size for size, _ in found]), f"{name}_stride": braces([step for _, step in found])}
    fields["multiplier"], fields["shift"] = multiplier(node)
    fields |= {
        "offset": int8_scale(node, node.input()).zero_point * count(node),
        "zero_point": int8_scale(node, node.output).zero_point,
    }
    return Params("tk_mean", fields)


def _cost(node: Node) -> Mapping[str, float]:
    kept = axes(node, reduced=False)
    assert kept is not None
    neighbours, step = kept[-1]
    words = neighbours // 4 if step == 1 else 0
    pixels = node.input().elements / neighbours
    return {"word": pixels * words, "value": pixels * (neighbours - 4 * words), "output": node.output.elements}


def _is_global(node: Node, core: Core) -> bool:
    """The mean over everything but the channels, of batch 1."""
    shape = node.input().shape
    return len(shape) > 2 and shape[0] == 1 and set(node.attrs["axes"]) == set(range(1, len(shape) - 1))


def _keeps_pixels(node: Node) -> bool:
    """One value a pixel, and pixels that stay where they were."""
    return tuple(node.attrs["axes"]) == (len(node.input().shape) - 1,) and node.attrs["keep_dims"]


def _is_of_channels(node: Node, core: Core) -> bool:
    return _keeps_pixels(node)


def _channels_cost(node: Node) -> Mapping[str, float]:
    channels, pixels = node.input().shape[-1], node.output.elements
    return {"word": pixels * (channels // 4), "value": pixels * (channels % 4), "output": pixels}


def _pixel_fields(node: Node) -> dict[str, Field]:
    """Of kernels that are given whole pixels."""
    ratio, shift = multiplier(node)
    return {
        "channels": node.input().shape[-1],
        "offset": int8_scale(node, node.input()).zero_point * count(node),
        "multiplier": ratio,
        "shift": shift,
        "zero_point": int8_scale(node, node.output).zero_point,
    }


def _reduce_params(node: Node) -> Params:
    return Params("tk_mean_reduce", _pixel_fields(node))


def _channels_params(node: Node) -> Params:
    return Params("tk_mean_channels", _pixel_fields(node))


def sums_scratch(node: Node) -> int:
    """A 32-bit sum for each output."""
    return 4 * node.output.elements


def sums_cost(node: Node) -> Mapping[str, float]:
    return {"value": node.input().elements, "output": node.output.elements}


class Mean(Operator):
    kind = "MEAN"
    reducers: tuple[Kernel, ...] = (
        Kernel(
            "tk_mean_reduce_s8",
            "tk_reduce",
            False,
            _reduce_params,
            _is_global,
            scratch=sums_scratch,
            cost=sums_cost,
            any_width=False,
        ),
    )
    kernels: tuple[Kernel, ...] = (
        Kernel("tk_mean_row_s8", "tk_mean", True, _channels_params, _is_of_channels, cost=_channels_cost),
        Kernel("tk_mean_s8", "tk_mean", rows=False, params=_params, cost=_cost),
    )

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)
        if count(node) >= 1 << 23:
            raise InputError(f"{node.where} sums up {count(node):,} values, more than 32 bits can sum")
        if axes(node, reduced=False) is None or axes(node, reduced=True) is None:
            raise InputError(f"{node.where}: reducing this pattern of axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        axes, keep = node.attrs["axes"], node.attrs["keep_dims"]
        shape = (1 if axis in axes else size for axis, size in enumerate(node.input().shape) if keep or axis not in axes)
        return (tuple(shape),)

    def region(self, node: Node, index: int) -> Region | None:
        return Region() if _keeps_pixels(node) else None


class Sum(Mean):
    kind = "SUM"

    def check(self, node: Node) -> None:
        super().check(node)
        check_shift(node, multiplier(node)[1])


MEAN = Mean()
SUM = Sum()
