"""SLICE: every so many elements of each axis. What SPLIT, SPLIT_V, UNPACK and STRIDED_SLICE become, too."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Access, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_same_type

_LOOPS = 5


def _is_map(node: Node, core: Core) -> bool:
    shape = node.input().shape
    return len(shape) == 4 and shape[0] == 1 and min(node.attrs["step"]) > 0


def _row_params(node: Node) -> Params:
    _, _, first_pixel, first = node.attrs["begin"]
    _, _, pixel, step = node.attrs["step"]
    size, channels = node.output.dtype.size, node.input().shape[3]
    fields: dict[str, Field] = {
        "element": size,
        "first": (first_pixel * channels + first) * size,
        "pixel_stride": pixel * channels * size,
        "stride": step * size,
        "channels": node.output.shape[3],
    }
    return Params("tk_slice_row", fields)


def _row_cost(node: Node) -> Mapping[str, float]:
    _, height, width, channels = node.output.shape
    _, _, pixel, step = node.attrs["step"]
    runs = height * (1 if pixel == step == 1 and channels == node.input().shape[3] else width)
    return {"byte": node.output.bytes, "run": runs if step == 1 else node.output.elements}


def _walk(node: Node) -> tuple[list[Axis] | None, int]:
    """Axes of the output with their steps in the input, and the elements of a run along which both are contiguous."""
    steps = (step * stride for step, stride in zip(node.attrs["step"], strides(node.input().shape), strict=True))
    axes = joined(list(zip(node.attrs["size"], steps, strict=True)))
    run = axes.pop()[0] if axes and axes[-1][1] == 1 else 1
    return padded(axes, _LOOPS, 1), run


def _params(node: Node) -> Params:
    axes, run = _walk(node)
    assert axes is not None
    first = sum(begin * stride for begin, stride in zip(node.attrs["begin"], strides(node.input().shape), strict=True))
    size = node.output.dtype.size
    fields: dict[str, Field] = {
        "first": first * size,
        "count": braces([count for count, _ in axes]),
        "stride": braces([stride * size for _, stride in axes]),
        "run": run * size,
    }
    return Params("tk_slice", fields)


def _cost(node: Node) -> Mapping[str, float]:
    return {"byte": node.output.bytes, "run": node.output.elements / _walk(node)[1]}


class Slice(Operator):
    kind = "SLICE"
    kernels = (
        Kernel("tk_slice_row_bytes", "tk_slice", True, _row_params, _is_map, any_width=False, cost=_row_cost),
        Kernel("tk_slice_bytes", "tk_slice", False, _params, cost=_cost),
    )

    def check(self, node: Node) -> None:
        check_same_type(node, node.input(), node.output)
        if _walk(node)[0] is None:
            raise InputError(f"{node.where}: slicing this many axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (tuple(node.attrs["size"]),)

    def region(self, node: Node, index: int) -> Region | None:
        _, row, pixel, _ = node.attrs["begin"]
        _, rows, pixels, _ = node.attrs["step"]
        return Region(Access(rows, -row), Access(pixels, -pixel))


SLICE = Slice()
