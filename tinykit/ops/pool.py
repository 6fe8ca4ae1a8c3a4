"""AVERAGE_POOL_2D and MAX_POOL_2D; pixels outside the map do not count."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.base import Access, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.filters import check_map
from tinykit.ops.mean import sums_cost, sums_scratch


def _accesses(node: Node) -> tuple[Access, Access]:
    """How rows and columns of the output read those of the input."""
    (stride_h, stride_w), (kernel_h, kernel_w) = node.attrs["stride"], node.attrs["filter"]
    top, _, left, _ = node.attrs["padding"]
    return Access(stride_h, top, kernel_h), Access(stride_w, left, kernel_w)


def pool_fields(node: Node, bounds: tuple[int, int]) -> dict[str, Field]:
    """The window and the activation range, for pools of any type."""
    rows, cols = _accesses(node)
    return {
        "width": node.input().shape[2],
        "channels": node.input().shape[3],
        "kernel_h": rows.extent,
        "kernel_w": cols.extent,
        "stride_w": cols.stride,
        "pad_left": cols.before,
        "low": bounds[0],
        "high": bounds[1],
    }


def _params(node: Node) -> Params:
    return Params("tk_pool", pool_fields(node, activation_bounds(node)))


def _extents(access: Access, outputs: int, inputs: int) -> list[int]:
    """How many rows (or columns) of the map lie in the window of each output."""
    intervals = (access.interval(i, i + 1, inputs) for i in range(outputs))
    return [end - first for first, end in intervals]


def pool_taps(node: Node) -> int:
    """Pixels of the map that all windows take in."""
    rows, cols = _accesses(node)
    _, height, width, _ = node.output.shape
    return sum(_extents(rows, height, node.input().shape[1])) * sum(_extents(cols, width, node.input().shape[2]))


def _cost(node: Node) -> Mapping[str, float]:
    rows, cols = _accesses(node)
    _, height, width, channels = node.output.shape
    strips = sum(_extents(rows, height, node.input().shape[1])) * width
    taps = strips * sum(_extents(cols, width, node.input().shape[2])) / width
    words, rest = divmod(channels, 4)
    return {
        "word": taps * words,
        "byte": taps * rest,
        "tap": taps,
        "strip": strips * (words + rest),
        "output": node.output.elements,
        "pixel": height * width,
    }


def _is_global(node: Node, core: Core) -> bool:
    """One window, the whole map."""
    return tuple(node.attrs["filter"]) == node.input().shape[1:3] and node.output.elements == node.input().shape[3]


def _reduce_params(node: Node) -> Params:
    low, high = activation_bounds(node)
    _, height, width, channels = node.input().shape
    return Params("tk_average_reduce", {"channels": channels, "count": height * width, "low": low, "high": high})


def check_window(node: Node) -> None:
    """Raise InputError unless there is a map, of which every window takes in some."""
    check_map(node, node.input())
    (kernel_h, kernel_w), (top, bottom, left, right) = node.attrs["filter"], node.attrs["padding"]
    if max(top, bottom) >= kernel_h or max(left, right) >= kernel_w:
        raise InputError(f"{node.where}: padding as large as the window leaves outputs without a value")


class Pool(Operator):
    def check(self, node: Node) -> None:
        source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
        activation_bounds(node)
        if source.zero_point != target.zero_point or abs(source.scale - target.scale) > 1e-6:
            raise InputError(f"{node.where}: input and output of a pool must have the same scale and zero point")
        check_window(node)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, *size, channels = node.input().shape
        top, bottom, left, right = node.attrs["padding"]
        height, width = (
            (n + before + after - kernel) // stride + 1
            for n, before, after, kernel, stride in zip(
                size, (top, left), (bottom, right), node.attrs["filter"], node.attrs["stride"], strict=True
            )
        )
        return ((batch, height, width, channels),)

    def region(self, node: Node, index: int) -> Region | None:
        return Region(*_accesses(node))


class AveragePool(Pool):
    kind = "AVERAGE_POOL_2D"
    reducers: tuple[Kernel, ...] = (
        Kernel(
            "tk_average_reduce_s8",
            "tk_reduce",
            False,
            _reduce_params,
            _is_global,
            scratch=sums_scratch,
            cost=sums_cost,
            any_width=False,
        ),
    )
    kernels = (Kernel("tk_average_pool_row_s8", "tk_pool", rows=True, params=_params, any_width=False, cost=_cost),)


class MaxPool(Pool):
    kind = "MAX_POOL_2D"
    kernels = (Kernel("tk_max_pool_row_s8", "tk_pool", rows=True, params=_params, any_width=False, cost=_cost),)


AVERAGE_POOL_2D = AveragePool()
MAX_POOL_2D = MaxPool()
