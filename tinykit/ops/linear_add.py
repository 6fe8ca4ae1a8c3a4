"""int8 ADD as one linear form: (a·x + b·y + bias) >> shift, proven equal to TFLite on every pair of inputs.

TFLite rescales both inputs, adds and rescales the sum, rounding five times. There are only 65,536 pairs of int8 values,
so four integers that give the same byte for each of them are as exact as the original, at two multiplications an
element and without 64-bit products. They are found by fitting the few pairs that lie nearest to a rounding boundary
and adding the pairs that come out wrong until none does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tinykit.ops.fixed_point import Ints, Scale, quantise_multiplier, requantise

LEFT_SHIFT = 20
_VALUES: Ints = np.arange(-128, 128, dtype=np.int64)
_REACHES = (3, 8, 24)
_ROUNDS = 24


@dataclass(frozen=True)
class Rescale:
    """TFLite's own constants of one ADD: multiplier and shift of both inputs and of the sum."""

    first: tuple[int, int]
    second: tuple[int, int]
    output: tuple[int, int]


@dataclass(frozen=True)
class LinearAdd:
    """clamp((a·x + b·y + bias) >> shift); no step leaves 32 bits for any int8 x and y."""

    a: int
    b: int
    bias: int
    shift: int


def rescale(first: Scale, second: Scale, output: Scale) -> Rescale:
    """The multipliers and shifts with which TFLite adds."""
    twice_max = 2 * max(first.scale, second.scale)
    return Rescale(
        quantise_multiplier(first.scale / twice_max),
        quantise_multiplier(second.scale / twice_max),
        quantise_multiplier(twice_max / ((1 << LEFT_SHIFT) * output.scale)),
    )


def sums(first: Scale, second: Scale, output: Scale) -> Ints:
    """TFLite's result before the activation's clamp for every pair of inputs, as [256, 256]."""
    r = rescale(first, second, output)
    x = requantise((_VALUES - first.zero_point) << LEFT_SHIFT, *r.first)
    y = requantise((_VALUES - second.zero_point) << LEFT_SHIFT, *r.second)
    return requantise(x[:, None] + y[None, :], *r.output) + output.zero_point


@lru_cache(maxsize=256)
def linear_add(first: Scale, second: Scale, output: Scale, low: int, high: int) -> LinearAdd | None:
    """The linear form of this addition within the activation range [low, high], None where there is none."""
    a, b = first.scale / output.scale, second.scale / output.scale
    offset = output.zero_point - a * first.zero_point - b * second.zero_point
    real = a * _VALUES[:, None] + b * _VALUES[None, :] + offset
    shift = math.floor(31 - math.log2(max(float(np.abs(real).max()) + 1, 128 * a, 128 * b)))
    if shift < 1:
        return None
    search = _Search(np.clip(sums(first, second, output), low, high), low, high, a, b, offset, shift)
    outside = (real <= low - 1) | (real >= high + 1)
    distance = np.abs(real - np.floor(real) - 0.5) + outside
    pairs: Ints = np.union1d(np.argsort(distance, axis=None, kind="stable")[:256], np.arange(0, 65536, 251))
    for reach in _REACHES:
        for _ in range(_ROUNDS):
            form = search.fit(pairs, reach)
            if form is None:
                break
            wrong = search.wrong(form)
            if wrong.size == 0:
                return form
            pairs = np.union1d(pairs, wrong[:: -(-wrong.size // 64)])
    return None


@dataclass(frozen=True, eq=False)
class _Search:
    """What the form has to give: `wanted` [256, 256] within [low, high], about a·x + b·y + offset."""

    wanted: Ints
    low: int
    high: int
    a: float
    b: float
    offset: float
    shift: int

    def fit(self, pairs: Ints, reach: int) -> LinearAdd | None:
        """The form right on `pairs`, multipliers within `reach` of the real ratios, with the widest choice of bias."""
        one = 1 << self.shift
        near = np.arange(-reach, reach + 1, dtype=np.int64)
        first, second = (round(ratio * one) + near for ratio in (self.a, self.b))
        total = first[:, None, None] * _VALUES[pairs >> 8] + second[None, :, None] * _VALUES[pairs & 255]
        result = self.wanted.reshape(-1)[pairs] << self.shift
        natural = round((self.offset + 0.5) * one)
        least = np.where(result > self.low << self.shift, result - total, natural - one).max(axis=2)
        most = np.where(result < self.high << self.shift, result + one - 1 - total, natural + one).min(axis=2)
        i, j = np.unravel_index(np.argmax(most - least), least.shape)
        if most[i, j] < least[i, j]:
            return None
        form = LinearAdd(int(first[i]), int(second[j]), int(least[i, j] + most[i, j]) >> 1, self.shift)
        return form if _fits_32_bits(form) else None

    def wrong(self, form: LinearAdd) -> Ints:
        """The pairs, numbered 256·x + y from the lowest values, for which `form` gives another byte."""
        total = form.a * _VALUES[:, None] + form.b * _VALUES[None, :] + form.bias
        return np.flatnonzero(np.clip(total >> form.shift, self.low, self.high) != self.wanted)


def _fits_32_bits(form: LinearAdd) -> bool:
    """Partial sums are totals with the other input 0, so the totals and the products are all there is to check."""
    ends = _VALUES[[0, -1]]
    totals = form.a * ends[:, None] + form.b * ends[None, :] + form.bias
    return max(int(np.abs(totals).max()), 128 * form.a, 128 * form.b) < 2**31
