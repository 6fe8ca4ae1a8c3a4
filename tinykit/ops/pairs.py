"""Operators of two operands that broadcast against each other: each element of the output comes from one of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape, Tensor
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Access, Array, Core, Field, Kernel, Node, Operator, Params, Region, ctype_of
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints
from tinykit.ops.unary import INT8_VALUES, channels_of, per_output, table_kernel

_LOOPS = 5
Function = Callable[[Node, Ints, Ints], Ints]
"""What the operator makes of the stored values of both operands."""


def broadcast(node: Node) -> Shape:
    """The shape both operands take; InputError where there is none."""
    first, second = node.input(0).shape, node.input(1).shape
    try:
        return np.broadcast_shapes(first, second)
    except ValueError:
        raise InputError(f"{node.where}: shapes {list(first)} and {list(second)} do not go together") from None


def _aligned(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + shape


def walk(node: Node) -> list[Axis] | None:
    """Axes of the output with each operand's step, 0 where it is repeated; None if the kernel has too few loops."""
    out = broadcast(node)
    steps = []
    for index in (0, 1):
        shape = _aligned(node.input(index).shape, len(out))
        steps.append([0 if size == 1 else step for size, step in zip(shape, strides(shape), strict=True)])
    return padded(joined(list(zip(out, *steps, strict=True))), _LOOPS, 2)


def _plane(shape: Shape) -> tuple[int, int, int]:
    """Rows, pixels of a row, and channels, as the planner counts them."""
    channels = channels_of(shape)
    rows = shape[1] if len(shape) == 4 and shape[0] == 1 else 1
    return rows, math.prod(shape) // (rows * channels), channels


def _repeats(node: Node, index: int) -> tuple[bool, bool, bool] | None:
    """Whether an operand's rows, pixels and channels are repeated over the output's; None where it is not that simple."""
    wanted = broadcast(node)
    out, plane = _plane(wanted), _plane(node.input(index).shape)
    if plane != _plane(_aligned(node.input(index).shape, len(wanted))):
        return None  # a map's rows look like pixels without its leading 1
    if any(size not in (1, most) for size, most in zip(plane, out, strict=True)):
        return None
    if node.input(index).data is not None and out[0] > 1 and plane[:2] != (1, 1):
        return None  # a call does not know its row, and all rows may come in one
    rows, pixels, channels = (size < most for size, most in zip(plane, out, strict=True))
    return rows, pixels or (rows and plane[1] == 1), channels


def is_rowwise(node: Node, core: Core) -> bool:
    """Whether each row of the output comes from one row of each operand."""
    return all(_repeats(node, index) is not None for index in (0, 1))


def _constants(node: Node, prefix: str) -> dict[str, Field]:
    data = {name: node.input(index).data for index, name in enumerate(("first", "second"))}
    return {f"{prefix}{name}": Array(ctype_of(values), values) for name, values in data.items() if values is not None}


def row_walk(node: Node) -> list[Axis]:
    """Pixels and channels; how many pixels is the call's to say."""
    channels = channels_of(node.output.shape)
    steps = []
    for index in (0, 1):
        repeats = _repeats(node, index)
        assert repeats is not None
        steps.append((0 if repeats[1] else channels_of(node.input(index).shape), 0 if repeats[2] else 1))
    (first_pixel, first), (second_pixel, second) = steps
    return [*[(1, 0, 0)] * 3, (1, first_pixel, second_pixel), (channels, first, second)]


def operands(node: Node, axes: list[Axis] | None, prefix: str = "operands.") -> dict[str, Field]:
    """The fields that say how the operands lie, their names behind `prefix`."""
    assert axes is not None
    names = ("count", "first_stride", "second_stride")
    loops = {f"{prefix}{name}": braces(values) for name, values in zip(names, zip(*axes, strict=True), strict=True)}
    return {**loops, **_constants(node, prefix)}


def _is_one_value(node: Node, core: Core) -> bool:
    data = [node.input(index).data for index in (0, 1)]
    return any(
        values is not None and values.size == 1 and node.input(1 - index).shape == node.output.shape
        for index, values in enumerate(data)
    )


def row_cost(node: Node) -> Mapping[str, float]:
    """Cost terms of a kernel that computes rows."""
    outputs = node.output.elements
    return {"output": outputs, "pixel": outputs / channels_of(node.output.shape)}


def pair_kernels(
    name: str, fields: Callable[[Node], Mapping[str, Field]], function: Function, *, source: str = ""
) -> tuple[Kernel, ...]:
    """A table for a constant of one value; by rows and by any axes the kernels in <source>.c, by default <name>.c."""

    def table(node: Node) -> Ints:
        constant = next(index for index in (0, 1) if (data := node.input(index).data) is not None and data.size == 1)
        value = np.full(INT8_VALUES.shape, int(node.constant(constant).reshape(-1)[0]), np.int64)
        return function(node, *((value, INT8_VALUES) if constant == 0 else (INT8_VALUES, value)))

    def params(walk: Callable[[Node], list[Axis] | None]) -> Callable[[Node], Params]:
        return lambda node: Params(source or name, {**operands(node, walk(node)), **fields(node)})

    return (
        table_kernel(table, _is_one_value),
        Kernel(f"{name}_row_s8", source or name, True, params(row_walk), is_rowwise, cost=row_cost),
        Kernel(f"{name}_s8", source or name, False, params(walk), cost=per_output),
    )


class Pair(Operator):
    """Both operands are int8; one may be a constant."""

    def check(self, node: Node) -> None:
        for tensor in (node.input(0), node.input(1), node.output):
            self.check_type(node, tensor)
        if all(node.input(index).data is not None for index in (0, 1)):
            raise InputError(f"{node.where} reads two constants", hint="export the model with constants folded")
        if walk(node) is None:
            raise InputError(f"{node.where}: broadcasting over this many axes is not supported")

    def check_type(self, node: Node, tensor: Tensor) -> None:
        """Raise InputError unless operands and output are of the type the kernels compute with."""
        int8_scale(node, tensor)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (broadcast(node),)

    def region(self, node: Node, index: int) -> Region | None:
        repeats = _repeats(node, index)
        if repeats is None:
            return None
        rows, pixels, _ = repeats
        return Region(Access(stride=0) if rows else Access(), Access(stride=0) if pixels else Access())

    def in_place(self, node: Node) -> tuple[int, ...]:
        return tuple(index for index in (0, 1) if node.input(index).elements == math.prod(broadcast(node)))
