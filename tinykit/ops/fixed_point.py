"""TFLite's integer arithmetic, bit by bit, on Python integers and numpy arrays.

Kernels repeat it in C (`tk_math.h`); here it prepares their constants and proves shortcuts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

INT8_MIN, INT8_MAX = -128, 127


class Scale(NamedTuple):
    """Quantisation of one tensor as a whole."""

    scale: float
    zero_point: int


_ACTIVATIONS: dict[str, tuple[float | None, float | None]] = {
    "none": (None, None),
    "relu": (0.0, None),
    "relu6": (0.0, 6.0),
    "relu_n1_to_1": (-1.0, 1.0),
}


def activation_range(activation: str, output: Scale, ends: tuple[int, int] = (INT8_MIN, INT8_MAX)) -> tuple[int, int]:
    """The values (lowest, highest) of the output's type, which has the given `ends`, that a fused activation lets through.

    Raises KeyError for one that has no range, OverflowError for a scale too small to divide its bounds by.
    """
    scale, zero_point = output

    def bound(real: float | None, open_end: int) -> int:
        if real is None:
            return open_end
        with np.errstate(over="ignore"):  # what does not fit becomes an OverflowError below
            quotient = float(np.float32(real) / np.float32(scale))
        return zero_point + int(math.copysign(math.floor(abs(quotient) + 0.5), quotient))

    low, high = _ACTIVATIONS[activation]
    return max(ends[0], bound(low, ends[0])), min(ends[1], bound(high, ends[1]))


def quantise_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real ≈ multiplier · 2^(shift − 31); positive shifts go left."""
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def rounding_doubling_high_mul(x: Ints, multiplier: int | Ints) -> Ints:
    """x · multiplier / 2^31 rounded to nearest, ties upward."""
    product: Ints = x * np.asarray(multiplier, np.int64)
    return (product + (1 << 30)) >> 31


def rounding_divide_by_power_of_two(x: Ints, exponent: int) -> Ints:
    """x / 2^exponent rounded to nearest, ties away from zero."""
    if exponent == 0:
        return x
    half = np.int64(1) << (exponent - 1)
    quotient: Ints = (x + half - (x < 0)) >> exponent
    return quotient


def shifted_right(x: Ints, exponents: Ints) -> Ints:
    """The same with an exponent for each of `x`."""
    half = (np.int64(1) << exponents) >> 1
    quotient: Ints = (x + half - ((x < 0) & (exponents > 0))) >> exponents
    return quotient


def requantise(x: Ints, multiplier: int, shift: int) -> Ints:
    """TFLite's `MultiplyByQuantizedMultiplier`: double rounding; a left shift wraps at 32 bits."""
    shifted = (x << max(shift, 0)).astype(np.int32).astype(np.int64)
    return rounding_divide_by_power_of_two(rounding_doubling_high_mul(shifted, multiplier), max(-shift, 0))
