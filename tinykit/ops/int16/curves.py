"""LOGISTIC and TANH of int16, from one half of the logistic curve; and SOFTMAX, from tables of exp and 1 / (1 + x)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.ops.base import Array, Kernel, Node, Params
from tinykit.ops.checks import check_shift
from tinykit.ops.fixed_point import quantise_multiplier
from tinykit.ops.int16.checks import int16_scale
from tinykit.ops.int16.unary import UnaryInt16
from tinykit.ops.softmax import Softmax, cost_by_pixel
from tinykit.ops.unary import channels_of, per_output

_INPUT_BITS = 12  # of the fraction that a power of two as the input's scale is expected to have
_OUTPUT_BITS = 15
_LARGEST = 32767
_STEPS = 512
_MOST_VALUES = 1 << 16
Floats = npt.NDArray[np.float32]


def _power_of_two(scale: float) -> int | None:
    """The exponent of a scale that is one, as nearly as TFLite looks."""
    exponent = math.log2(scale)
    return round(exponent) if abs(exponent - round(exponent)) < 1e-3 else None


def _argument(node: Node, shifts: tuple[int, ...]) -> tuple[int, int]:
    """Multiplier and right shift from the input to 3 · 4096 for each 1; powers of two among `shifts` need no rounding."""
    scale = int16_scale(node, node.input())
    exponent = _power_of_two(scale)
    if exponent is not None and exponent + _INPUT_BITS in shifts:
        return 3 << (exponent + _INPUT_BITS), 0
    multiplier, shift = scale * 4096.0 * 3.0, 0
    while multiplier <= _LARGEST / 2 and shift <= 30:
        multiplier, shift = multiplier * 2, shift + 1
    return int(min(multiplier, _LARGEST + 1.0)), shift


@cache
def logistic_table() -> npt.NDArray[np.uint16]:
    """65536 / (1 + exp(−i / 24)), raised by half of what straight lines between the points would miss; 65535 in the end."""
    curve = 65536 / (1 + np.exp(-np.arange(-1, 257) / 24))
    bent = 2 * curve[1:-1] - curve[:-2] - curve[2:]
    table = np.floor(curve[1:-1] + bent / 16 + 0.5).astype(np.uint16)
    table[-1] = 65535
    return table


class CurveInt16(UnaryInt16):
    shifts: tuple[int, ...]
    """The powers of two of the input's scale, from 2^-12 on, that are taken as they are."""

    def check(self, node: Node) -> None:
        super().check(node)
        if _power_of_two(int16_scale(node, node.output)) != -_OUTPUT_BITS:
            raise InputError(f"{node.where}: the output must have the scale 2^-{_OUTPUT_BITS}")
        if not 0 < _argument(node, self.shifts)[0] <= _LARGEST:
            raise InputError(f"{node.where}: the input's scale is out of the range TFLite can compute with")


def _kernel(name: str, shifts: tuple[int, ...]) -> tuple[Kernel, ...]:
    def params(node: Node) -> Params:
        multiplier, shift = _argument(node, shifts)
        table = Array("uint16_t", logistic_table())
        channels = channels_of(node.output.shape)
        return Params("tk_curve_s16", {"table": table, "multiplier": multiplier, "shift": shift, "channels": channels})

    return (Kernel(name, "tk_curve_s16", True, params, cost=per_output),)


class LogisticInt16(CurveInt16):
    kind = "LOGISTIC"
    shifts = (0,)
    kernels = _kernel("tk_logistic_row_s16", shifts)


class TanhInt16(CurveInt16):
    kind = "TANH"
    shifts = (0, 1)
    kernels = _kernel("tk_tanh_row_s16", shifts)


def _rounded(values: Floats) -> Floats:
    rounded: Floats = np.trunc(values + np.copysign(np.float32(0.5), values))
    return rounded


def _table(function: Callable[[Floats], Floats], low: float, high: float, scale: float) -> npt.NDArray[np.int16]:
    """TFLite's table of `function` from `low` to `high`: as above, lowered by half of what straight lines would miss."""
    step = (np.float32(high) - np.float32(low)) / np.float32(_STEPS)
    places = np.float32(low) + np.arange(_STEPS + 1, dtype=np.float32) * step
    factor = np.float32(scale)
    here = function(places[:-1]) * factor
    following = function(places[1:]) * factor
    middle = _rounded(function(places[:-1] + step / np.float32(2)) * factor)
    missed = _rounded((following + _rounded(here)) / np.float32(2)) - middle
    last = _rounded(function(np.array([high], np.float32)) * factor)
    found = np.append(_rounded(here) - _rounded(missed / np.float32(2)), last)
    table: npt.NDArray[np.int16] = np.clip(found, -32768, 32767).astype(np.int16)
    return table


@cache
def _tables() -> tuple[Array, Array]:
    """exp from −10 to 0 and 1 / (1 + x) from 0 to 1, in Q0.15."""
    span = np.float32(65535)
    ten, one, two = (np.float32(n) / span for n in (10, 1, 2))
    factor = np.float32(65536) / (two * np.float32(32767) - two * np.float32(-32768))
    exp = _table(lambda x: np.exp(x.astype(np.float64)).astype(np.float32), float(ten * np.float32(-65535)), 0.0, float(factor))
    reciprocal = _table(lambda x: np.float32(1) / (np.float32(1) + x), 0.0, float(one * np.float32(65535)), float(factor))
    return Array("int16_t", exp), Array("int16_t", reciprocal)


def _difference_scale(node: Node) -> tuple[int, int]:
    """From a difference to 65535 for 10."""
    beta = float(np.float32(node.attrs["beta"]))
    return quantise_multiplier(int16_scale(node, node.input()) * beta / (10.0 / 65535.0))


def _softmax_params(node: Node) -> Params:
    exp, reciprocal = _tables()
    multiplier, shift = _difference_scale(node)
    channels = channels_of(node.output.shape)
    return Params(
        "tk_softmax_s16",
        {"exp": exp, "reciprocal": reciprocal, "multiplier": multiplier, "shift": shift, "channels": channels},
    )


class SoftmaxInt16(Softmax):
    kernels = (Kernel("tk_softmax_row_s16", "tk_softmax_s16", True, _softmax_params, cost=cost_by_pixel),)

    def check(self, node: Node) -> None:
        int16_scale(node, node.input())
        if abs(int16_scale(node, node.output) * 32768 - 1) > 0.001:
            raise InputError(f"{node.where}: the output of an int16 softmax must have the scale 1/32768")
        if not node.attrs["beta"] > 0:
            raise InputError(f"{node.where}: beta must be positive")
        check_shift(node, _difference_scale(node)[1])
        if not node.input().shape or channels_of(node.input().shape) >= _MOST_VALUES:
            raise InputError(f"{node.where}: softmax needs a last axis of fewer than {_MOST_VALUES} values")


LOGISTIC = LogisticInt16()
TANH = TanhInt16()
SOFTMAX = SoftmaxInt16()
