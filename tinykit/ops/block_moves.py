"""SPACE_TO_DEPTH and DEPTH_TO_SPACE: the map's blocks by rows, or as a transposition for more than one map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded
from tinykit.ops.base import Access, Core, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import int8_scale

_LOOPS = 5
Walk = Callable[[Node], list[Axis]]
"""Axes of the output, outermost first: size and step in the input."""


def _into_depth(node: Node) -> list[Axis]:
    batch, height, width, channels = node.input().shape
    block = node.attrs["block"]
    row = width * channels
    rows = [(batch, height * row), (height // block, block * row)]
    return [*rows, (width // block, block * channels), (block, row), (block, channels), (channels, 1)]


def _into_space(node: Node) -> list[Axis]:
    batch, height, width, depth = node.input().shape
    block = node.attrs["block"]
    channels, row = depth // block**2, width * depth
    rows = [(batch, height * row), (height, row), (block, block * channels)]
    return [*rows, (width, depth), (block, channels), (channels, 1)]


def _is_one_map(node: Node, core: Core) -> bool:
    return node.input().shape[0] == 1


def _row_params(node: Node) -> Params:
    """A block's row is what lies together in either map."""
    block = node.attrs["block"]
    channels = min(node.input().shape[3], node.output.shape[3])
    return Params("tk_blocks", {"block": block, "channels": channels})


def _row_cost(node: Node) -> Mapping[str, float]:
    return {"byte": node.output.elements, "run": node.output.elements / min(node.input().shape[3], node.output.shape[3])}


def _kernels(row: str, walk: Walk) -> tuple[Kernel, ...]:
    def axes(node: Node) -> list[Axis]:
        found = padded(joined(walk(node)) or [(1, 1)], _LOOPS, 1)
        assert found is not None  # six axes, of which the last two or the first two always join
        return found

    def params(node: Node) -> Params:
        count, stride = zip(*axes(node), strict=True)
        return Params("tk_transpose", {"count": braces(count), "stride": braces(stride)})

    def cost(node: Node) -> Mapping[str, float]:
        run, step = axes(node)[-1]
        return {"copied" if step == 1 else "gathered": node.output.elements, "run": node.output.elements / run}

    return (
        Kernel(row, "tk_blocks", True, _row_params, _is_one_map, any_width=False, cost=_row_cost),
        Kernel("tk_transpose_s8", "tk_transpose", rows=False, params=params, cost=cost),
    )


class _BlockMove(Operator):
    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)


class SpaceToDepth(_BlockMove):
    kind = "SPACE_TO_DEPTH"
    kernels = _kernels("tk_space_to_depth_row_s8", _into_depth)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, height, width, channels = node.input().shape
        block = node.attrs["block"]
        return ((batch, height // block, width // block, channels * block**2),)

    def region(self, node: Node, index: int) -> Region | None:
        access = Access(stride=node.attrs["block"], extent=node.attrs["block"])
        return Region(access, access)


class DepthToSpace(_BlockMove):
    kind = "DEPTH_TO_SPACE"
    kernels = _kernels("tk_depth_to_space_row_s8", _into_space)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, height, width, depth = node.input().shape
        block = node.attrs["block"]
        return ((batch, height * block, width * block, depth // block**2),)

    def region(self, node: Node, index: int) -> Region | None:
        block = node.attrs["block"]
        access = Access(before=block - 1, extent=block, spread=block)
        return Region(access, access)


SPACE_TO_DEPTH = SpaceToDepth()
DEPTH_TO_SPACE = DepthToSpace()
