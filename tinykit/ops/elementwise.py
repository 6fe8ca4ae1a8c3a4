"""ABS and RSQRT."""

from __future__ import annotations

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, requantise
from tinykit.ops.gemmlowp import inverse_sqrt
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel

_SHIFT = 20  # of RSQRT's 1 / sqrt as an integer


def _abs_table(node: Node) -> Ints:
    source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
    values: Ints = np.abs(INT8_VALUES - source.zero_point)
    if source.scale != target.scale:
        values = requantise(values, *quantise_multiplier(source.scale / target.scale))
    result: Ints = np.clip(values + target.zero_point, INT8_MIN, INT8_MAX)
    return result


def _rsqrt_scale(node: Node) -> tuple[int, int]:
    """Multiplier and shift of the result; TFLite multiplies in float32 here."""
    root = np.sqrt(np.float32(int8_scale(node, node.input()).scale))
    return quantise_multiplier(1.0 / float(root * np.float32(int8_scale(node, node.output).scale)))


def _rsqrt_table(node: Node) -> Ints:
    """Reals below 0 have no root: what a table says of them is the largest value, as of 0."""
    values = np.maximum(INT8_VALUES - int8_scale(node, node.input()).zero_point, 0)
    multipliers, right_shifts = inverse_sqrt(values)
    multiplier, shift = _rsqrt_scale(node)
    one = np.ones(1, np.int64)
    roots = [requantise(one, int(m), _SHIFT - int(s)) for m, s in zip(multipliers, right_shifts, strict=True)]
    result = requantise(np.concatenate(roots), multiplier, shift - _SHIFT) + int8_scale(node, node.output).zero_point
    return np.where(values == 0, INT8_MAX, np.clip(result, INT8_MIN, INT8_MAX))


class Abs(Unary):
    kind = "ABS"
    kernels = (table_kernel(_abs_table),)


class Rsqrt(Unary):
    kind = "RSQRT"
    kernels = (table_kernel(_rsqrt_table),)

    def check(self, node: Node) -> None:
        super().check(node)
        if not -11 <= _rsqrt_scale(node)[1] <= _SHIFT + 30:
            raise InputError(f"{node.where}: the scales of input and output are too far apart")


ABS = Abs()
RSQRT = Rsqrt()
