"""LOG_SOFTMAX over the last axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.base import Array, Kernel, Node, Params
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints, quantise_multiplier, requantise, rounding_divide_by_power_of_two
from tinykit.ops.gemmlowp import exp_on_negatives
from tinykit.ops.unary import Unary, channels_of

_INTEGER_BITS = 5  # of exp's argument
_MAX_VALUES = 4095  # whose sum stays below 2^31 in Q12.19


def _scaling(node: Node) -> tuple[int, int]:
    """Multiplier and shift from stored differences to Q5.26."""
    exact = int8_scale(node, node.input()).scale * (1 << (31 - _INTEGER_BITS))
    return quantise_multiplier(min(exact, 2.0**31 - 1.0))


def _back(node: Node) -> float:
    """From Q5.26 to stored differences."""
    multiplier, shift = _scaling(node)
    return math.ldexp(1 / multiplier, 31 - shift)


def _scaled(node: Node) -> Ints:
    """The differences 0, −1, … from the largest value in Q5.26, as far as their exp counts."""
    multiplier, shift = _scaling(node)
    radius = math.floor(((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / (1 << shift))
    return requantise(-np.arange(min(radius, 255) + 1, dtype=np.int64), multiplier, shift)


def _params(node: Node) -> Params:
    scaled = _scaled(node)
    exps = rounding_divide_by_power_of_two(exp_on_negatives(scaled, _INTEGER_BITS), 12)
    multiplier, shift = quantise_multiplier(_back(node))
    return Params(
        "tk_log_softmax",
        {
            "scaled": Array("int32_t", scaled.astype(np.int32)),
            "exp": Array("int32_t", exps.astype(np.int32)),
            "entries": scaled.size,
            "back_multiplier": multiplier,
            "back_shift": shift,
            "channels": channels_of(node.output.shape),
        },
    )


def _cost(node: Node) -> Mapping[str, float]:
    values = node.output.elements
    return {"value": values, "pixel": values / channels_of(node.output.shape)}


class LogSoftmax(Unary):
    kind = "LOG_SOFTMAX"
    kernels = (Kernel("tk_log_softmax_row_s8", "tk_log_softmax", rows=True, params=_params, cost=_cost),)

    def check(self, node: Node) -> None:
        super().check(node)
        if int8_scale(node, node.output) != (1 / 16, 127):
            raise InputError(f"{node.where}: the output of a log softmax must have scale 1/16 and zero point 127")
        if _scaling(node)[1] < 1 or not _back(node) < 1:
            raise InputError(f"{node.where}: the input's scale is too small")
        if not node.input().shape or channels_of(node.input().shape) > _MAX_VALUES:
            raise InputError(f"{node.where}: log softmax needs a last axis of at most {_MAX_VALUES} values")


LOG_SOFTMAX = LogSoftmax()
