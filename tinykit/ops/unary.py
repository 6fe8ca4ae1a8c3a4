"""Functions of one int8 value: whatever the arithmetic, a table of 256 bytes is exact and takes three instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tinykit.graph.ir import Shape
from tinykit.ops.base import Array, Core, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints

INT8_VALUES: Ints = np.arange(-128, 128, dtype=np.int64)
Function = Callable[[Node], Ints]
"""What the operator makes of each value in `INT8_VALUES`."""


def channels_of(shape: Shape) -> int:
    """Length of the last axis, 1 for a scalar."""
    return shape[-1] if shape else 1


def per_output(node: Node) -> Mapping[str, float]:
    return {"output": node.output.elements}


def table_kernel(function: Function, accepts: Callable[[Node, Core], bool] = lambda node, core: True) -> Kernel:
    """The row kernel that looks every value up."""

    def params(node: Node) -> Params:
        table = Array("int8_t", function(node).astype(np.int8))
        return Params("tk_lut", {"table": table, "channels": channels_of(node.output.shape)})

    return Kernel("tk_lut_row_s8", "tk_lut", rows=True, params=params, accepts=accepts, cost=per_output)


class Unary(Operator):
    """An operator with one input that computes every element from the same element of the input."""

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (node.input().shape,)

    def region(self, node: Node, index: int) -> Region | None:
        return Region()

    def in_place(self, node: Node) -> tuple[int, ...]:
        return (0,)
