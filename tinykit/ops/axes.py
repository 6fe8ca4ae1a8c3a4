"""Shapes as loops: axes dropped and joined until a kernel with a fixed number of nested loops covers them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinykit.graph.ir import Shape

Axis = tuple[int, ...]
"""Size of an axis and its step in each tensor walked together."""


def strides(shape: Shape) -> tuple[int, ...]:
    """Elements between neighbours on each axis of a contiguous tensor."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def joined(axes: Sequence[Axis]) -> list[Axis]:
    """The same walk with fewer loops: axes of size 1 dropped, an axis joined to the next where all steps allow it."""
    result: list[Axis] = []
    for axis in axes:
        if axis[0] == 1:
            continue
        if result and all(outer == axis[0] * inner for outer, inner in zip(result[-1][1:], axis[1:], strict=True)):
            axis = (result.pop()[0] * axis[0], *axis[1:])
        result.append(axis)
    return result


def padded(axes: Sequence[Axis], count: int, steps: int) -> list[Axis] | None:
    """`axes` with loops of one turn in front, `count` in all; None if there are more already."""
    missing = count - len(axes)
    return None if missing < 0 else [(1, *(0,) * steps)] * missing + list(axes)


def braces(values: Sequence[int]) -> str:
    """A C initialiser of a small array inside a struct."""
    return "{" + ", ".join(map(str, values)) + "}"
