"""SPACE_TO_DEPTH and DEPTH_TO_SPACE: transpositions of the map's blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded
from tinykit.ops.base import Kernel, Node, Operator, Params
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


def _kernels(walk: Walk) -> tuple[Kernel, ...]:
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

    return (Kernel("tk_transpose_s8", "tk_transpose", rows=False, params=params, cost=cost),)


class _BlockMove(Operator):
    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)


class SpaceToDepth(_BlockMove):
    kind = "SPACE_TO_DEPTH"
    kernels = _kernels(_into_depth)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, height, width, channels = node.input().shape
        block = node.attrs["block"]
        return ((batch, height // block, width // block, channels * block**2),)


class DepthToSpace(_BlockMove):
    kind = "DEPTH_TO_SPACE"
    kernels = _kernels(_into_space)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, height, width, depth = node.input().shape
        block = node.attrs["block"]
        return ((batch, height * block, width * block, depth // block**2),)


SPACE_TO_DEPTH = SpaceToDepth()
DEPTH_TO_SPACE = DepthToSpace()
