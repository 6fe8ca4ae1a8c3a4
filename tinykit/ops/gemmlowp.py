"""gemmlowp's fixed-point functions, bit by bit: TFLite's exp, division, logistic, tanh and 1/sqrt.

Numbers with n integer bits are int32 with 31 − n fractional ones: Q0.31 for results within ±1, Q5.26 for exp's argument.
"""

from __future__ import annotations

import numpy as np

from tinykit.ops.fixed_point import Ints, rounding_divide_by_power_of_two, rounding_doubling_high_mul

ONE = 2**31 - 1
"""1 in Q0.31, as near as it can be."""
# exp(-1/4), exp(-1/2), exp(-1), … exp(-16) in Q0.31
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def high_mul(a: Ints, b: Ints) -> Ints:
    """a · b / 2^31 rounded to nearest, ties upward."""
    product: Ints = a * b
    return (product + (1 << 30)) >> 31


def _saturated(x: Ints) -> Ints:
    return np.clip(x, -(2**31), 2**31 - 1)


def exp_on_negatives(x: Ints, integer_bits: int) -> Ints:
    """exp of x ≤ 0 with `integer_bits` (at most 5), in Q0.31."""
    quarter = 1 << (29 - integer_bits)
    rest = (x & (quarter - 1)) - quarter
    result = _exp_on_last_quarter(rest << integer_bits)
    whole = rest - x
    for bit, power in enumerate(_POWERS[: integer_bits + 2]):
        result = np.where(whole & (quarter << bit), rounding_doubling_high_mul(result, power), result)
    return np.where(x == 0, np.int64(ONE), result)


def _exp_on_last_quarter(a: Ints) -> Ints:
    """exp of −1/4 ≤ a < 0 in Q0.31: a Taylor series around −1/8."""
    x = a + (1 << 28)
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    third = rounding_doubling_high_mul(rounding_divide_by_power_of_two(x4, 2) + x3, 715827883)
    series = rounding_divide_by_power_of_two(third + x2, 1)
    return 1895147668 + rounding_doubling_high_mul(x + series, 1895147668)


def _reciprocal_of_half_denominator(x: Ints) -> Ints:
    """2 / (1 + x) for 0 ≤ x ≤ 1 in Q2.29: three Newton-Raphson steps from a linear guess."""
    half_denominator = (x >> 1) + (1 << 30)
    y = 1515870810 + rounding_doubling_high_mul(half_denominator, -1010580540)
    for _ in range(3):
        y = y + _saturated(high_mul(y, (1 << 29) - high_mul(half_denominator, y)) * 4)
    return y


def one_over_one_plus(x: Ints) -> Ints:
    """1 / (1 + x) for 0 ≤ x ≤ 1, both in Q0.31."""
    return _saturated(_reciprocal_of_half_denominator(x) * 2)


def logistic(x: Ints, integer_bits: int) -> Ints:
    """1 / (1 + exp(−x)) in Q0.31 of x with `integer_bits`."""
    of_magnitude = one_over_one_plus(exp_on_negatives(-np.abs(x), integer_bits))
    return np.select([x > 0, x < 0], [of_magnitude, ONE - of_magnitude], np.int64(1 << 30))


def tanh(x: Ints, integer_bits: int) -> Ints:
    """tanh in Q0.31 of x with `integer_bits` (at most 4)."""
    exp = exp_on_negatives(-np.abs(x), integer_bits + 1)  # the same bits mean twice the number
    of_magnitude = _saturated((_reciprocal_of_half_denominator(exp) - (1 << 29)) * 4)
    return np.sign(x) * of_magnitude


def inverse_sqrt(values: Ints) -> tuple[Ints, Ints]:
    """(multiplier, right shift) with 1 / sqrt(value) ≈ multiplier / 2^(31 + right shift), for 0 ≤ value < 512; 0 counts as 1."""
    pairs = (31 - np.maximum(np.frexp(values)[1], 2)) // 2 - 1
    half = rounding_divide_by_power_of_two((values << 2 * pairs) >> 1, 1)
    x = np.full(values.shape, 1 << 28, np.int64)
    for _ in range(5):
        cube = _saturated(high_mul(high_mul(x, x), x) << 6)
        x = _saturated((rounding_doubling_high_mul(x, 3 << 27) - high_mul(half, cube)) << 3)
    multiplier = rounding_doubling_high_mul(x, 1518500250)
    shift = 11 - pairs
    multiplier, shift = multiplier << np.maximum(-shift, 0), np.maximum(shift, 0)
    return np.where(values <= 1, ONE, multiplier), np.where(values <= 1, 0, shift)
