"""BATCH_MATMUL: products of matrices along the last two axes, the axes before them broadcast.

As maps, a matrix is a row, and its rows are the row's pixels: a pixel of the product is made of one pixel of the first operand
and the whole row of the second. So attention runs token by token, and its scores are never stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Access, Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import quantise_multiplier

_LOOPS = 3
_COLUMNS = 4
_MOST_TERMS = (1 << 31) // (255 * 256)


def _matrix(node: Node, index: int) -> tuple[int, int, int, int]:
    """Rows, columns, and their steps, as the product takes them."""
    *_, rows, columns = node.input(index).shape
    if node.attrs["adjoint"][index]:
        return columns, rows, 1, columns
    return rows, columns, columns, 1


def _batch(node: Node) -> Shape:
    return np.broadcast_shapes(node.input(0).shape[:-2], node.input(1).shape[:-2])


def _walk(node: Node) -> list[Axis] | None:
    out = _batch(node)
    steps = []
    for index in (0, 1):
        shape = node.input(index).shape
        own = [0 if size == 1 else step for size, step in zip(shape[:-2], strides(shape)[:-2], strict=True)]
        steps.append([0] * (len(out) - len(own)) + own)
    return padded(joined(list(zip(out, *steps, strict=True))), _LOOPS, 2)


def _multiplier(node: Node) -> tuple[int, int]:
    """TFLite multiplies the scales in float32 here."""
    product = np.float32(int8_scale(node, node.input(0)).scale) * np.float32(int8_scale(node, node.input(1)).scale)
    return quantise_multiplier(float(product) / int8_scale(node, node.output).scale)


def _params(node: Node) -> Params:
    walk = _walk(node)
    assert walk is not None
    rows, depth, row, first_step = _matrix(node, 0)
    _, columns, second_step, column = _matrix(node, 1)
    multiplier, shift = _multiplier(node)
    count, first, second = zip(*walk, strict=True)
    fields: dict[str, Field] = {
        name: Array("int8_t", data)
        for name, data in (("first", node.input(0).data), ("second", node.input(1).data))
        if data is not None
    }
    fields |= {
        "count": braces(count),
        "first_stride": braces(first),
        "second_stride": braces(second),
        "rows": rows,
        "depth": depth,
        "columns": columns,
        "row": row,
        "column": column,
        "first_step": first_step,
        "second_step": second_step,
        "first_zero_point": int8_scale(node, node.input(0)).zero_point,
        "second_zero_point": int8_scale(node, node.input(1)).zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "zero_point": int8_scale(node, node.output).zero_point,
    }
    return Params("tk_batch_matmul", fields)


def _lies_as_map(node: Node, index: int) -> bool:
    """Whether the operand's matrices are the rows of a map: one for each row of the output, or one for all of them."""
    tensor, rows = node.input(index), node.output.rows
    return tensor.rows in (1, rows) and math.prod(tensor.shape[:-2]) == tensor.rows


def _is_rowwise(node: Node, core: Core) -> bool:
    """A constant serves where it is the second operand of a single product: a call does not know its row."""
    if math.prod(node.output.shape[:-2]) != node.output.rows or not all(_lies_as_map(node, index) for index in (0, 1)):
        return False
    constant = node.input(1).data is not None and node.output.rows > 1
    return node.input(0).data is None and not node.attrs["adjoint"][0] and not constant


def _cost(node: Node) -> Mapping[str, float]:
    """Four columns at a time, by double products where both operands lie along the sum; those left over one by one."""
    macs, columns = BATCH_MATMUL.macs(node), node.output.shape[-1]
    lone = macs * (columns % _COLUMNS) // columns
    double = not node.attrs["adjoint"][0] and node.attrs["adjoint"][1]
    return {"sum": macs / columns, "dot" if double else "mac": macs - lone, "lone": lone, "output": node.output.elements}


class BatchMatMul(Operator):
    kind = "BATCH_MATMUL"
    kernels = (
        Kernel("tk_batch_matmul_row_s8", "tk_batch_matmul", True, _params, _is_rowwise, cost=_cost),
        Kernel("tk_batch_matmul_s8", "tk_batch_matmul", False, _params, cost=_cost),
    )

    def check(self, node: Node) -> None:
        shapes = [node.input(index).shape for index in (0, 1)]
        for tensor in (node.input(0), node.input(1), node.output):
            int8_scale(node, tensor)
        if min(map(len, shapes)) < 2 or _matrix(node, 0)[1] != _matrix(node, 1)[0]:
            raise InputError(f"{node.where}: matrices {list(shapes[0])} and {list(shapes[1])} do not multiply")
        if all(node.input(index).data is not None for index in (0, 1)):
            raise InputError(f"{node.where} multiplies two constants", hint="export the model with constants folded")
        try:
            walk = _walk(node)
        except ValueError:
            raise InputError(f"{node.where}: shapes {list(shapes[0])} and {list(shapes[1])} do not go together") from None
        if walk is None or _matrix(node, 0)[1] > _MOST_TERMS:
            raise InputError(f"{node.where}: matrices of this size are not supported")
        check_shift(node, _multiplier(node)[1])

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((*_batch(node), _matrix(node, 0)[0], _matrix(node, 1)[1]),)

    def region(self, node: Node, index: int) -> Region | None:
        operand = node.input(index)
        rows = Access() if operand.rows == node.output.rows else Access(stride=0)
        return Region(rows, Access() if index == 0 else Access(stride=0, extent=operand.shape[-2]))

    def macs(self, node: Node) -> int:
        return node.output.elements * _matrix(node, 0)[1]


BATCH_MATMUL = BatchMatMul()
