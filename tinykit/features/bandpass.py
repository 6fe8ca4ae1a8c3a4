"""Band-pass: Butterworth sections in fixed point, and every so manieth sample of what they give.

The filter is designed as a digital one (bilinear transform, edges prewarped). It runs in integers: Python and C
(`firmware_templates/features/tk_biquad.h`) give the same samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError

COEFFICIENT_BITS = 29
STATE_BITS = 8
"""Fractional bits of the samples between the sections."""
_ORDERS = range(2, 17, 2)
_LARGEST = 1 << 30
"""Bound of a sample between sections, so that it fits int32, and five products of it int64."""


@dataclass(frozen=True)
class BandPass:
    """Butterworth high-pass at `low` and low-pass at `high` (Hz, -3 dB each), then every `decimate`-th sample.

    rate: samples a second that come in. order: of the high-pass and of the low-pass, even. `high` None leaves the low-pass
    out. Before the first sample the signal is taken to have had its value for ever, so that an offset makes no step.
    """

    rate: int
    low: float
    high: float | None
    order: int = 2
    decimate: int = 1

    def __post_init__(self) -> None:
        edges = [self.low] if self.high is None else [self.low, self.high]
        if self.order not in _ORDERS:
            raise InputError(f"a band-pass of order {self.order}: the order is 2, 4, 6 … {_ORDERS[-1]}")
        if not all(0 < edge < self.rate / 2 for edge in edges) or edges != sorted(set(edges)):
            raise InputError(f"a band-pass needs 0 < low < high < {self.rate / 2:g} Hz, half the rate, not {edges}")
        if self.decimate < 1:
            raise InputError(f"decimate is a whole number from 1, not {self.decimate}")
        gain = np.cumprod([_gain(section) for section in self.sections]).max() * (1 << (15 + STATE_BITS))
        if gain >= _LARGEST or not all(abs(self.response(edge) - 2**-0.5) <= 0.01 for edge in edges):
            raise InputError(f"a band-pass of {self.low:g} Hz at {self.rate} Hz is too narrow for fixed point")

    @cached_property
    def sections(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """b0, b1, b2, a1, a2 of each section, in 2^-29; y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''."""
        found = [_section(self.low, self.rate, q, high_pass=True) for q in _qualities(self.order)]
        if self.high is not None:
            found += [_section(self.high, self.rate, q, high_pass=False) for q in _qualities(self.order)]
        return tuple(found)

    def response(self, frequency: float) -> float:
        """Gain at `frequency` in Hz of the filter as it is rounded."""
        z = np.exp(-2j * np.pi * frequency / self.rate)
        gain = 1.0
        with np.errstate(invalid="ignore"):  # 0 / 0 of an edge that is too low for coefficients of so many bits
            for b0, b1, b2, a1, a2 in self.sections:
                gain *= abs((b0 + b1 * z + b2 * z * z) / ((1 << COEFFICIENT_BITS) + a1 * z + a2 * z * z))
        return float(gain)

    def apply(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """Filter int16 [n, samples], each row by itself; returns int16 [n, samples // decimate] in ±32767."""
        x = samples.T.astype(np.int64) << STATE_BITS
        for section in self.sections:
            x = _run(section, x)
        x = (x + (1 << (STATE_BITS - 1))) >> STATE_BITS
        kept = x[self.decimate - 1 :: self.decimate]
        return np.ascontiguousarray(np.clip(kept, -32767, 32767).T.astype(np.int16))


def _qualities(order: int) -> list[float]:
    return [1 / (2 * math.sin((2 * k + 1) * math.pi / (2 * order))) for k in range(order // 2)]


def _section(edge: float, rate: int, quality: float, *, high_pass: bool) -> tuple[int, int, int, int, int]:
    """A second-order section by the bilinear transform, its gain 1 in the band."""
    omega = 2 * math.pi * edge / rate
    cosine, alpha = math.cos(omega), math.sin(omega) / (2 * quality)
    middle = -(1 + cosine) if high_pass else 1 - cosine
    one = (1 << COEFFICIENT_BITS) / (1 + alpha)
    b1 = round(middle * one)
    # Half of b1 twice, and not two roundings: a high-pass stops an offset entirely.
    b1 += b1 % 2
    outer = -b1 // 2 if high_pass else b1 // 2
    return outer, b1, outer, round(-2 * cosine * one), round((1 - alpha) * one)


def _run(section: tuple[int, ...], x: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One section over int64 [samples, n]."""
    b0, b1, b2, a1, a2 = section
    y = np.empty_like(x)
    half = 1 << (COEFFICIENT_BITS - 1)
    x1 = x2 = x[0]
    high_pass = b1 < 0
    y1 = y2 = np.zeros_like(x[0]) if high_pass else x[0]
    for n in range(len(x)):
        y[n] = (b0 * x[n] + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2 + half) >> COEFFICIENT_BITS
        x1, x2, y1, y2 = x[n], x1, y[n], y1
    return y


def _gain(section: tuple[int, ...]) -> float:
    """The largest output over inputs in ±1, the endless constant before the first included: the impulse response's magnitudes."""
    b0, b1, b2, a1, a2 = (c / (1 << COEFFICIENT_BITS) for c in section)
    total: float = 0
    state: Any = [0.0, 0.0]
    for n in range(20000):
        x = 1.0 if n == 0 else 0.0
        y = b0 * x + state[0]
        state = [b1 * x - a1 * y + state[1], b2 * x - a2 * y]
        total += abs(y)
        if n > 100 and abs(y) + abs(state[0]) < 1e-9:
            break
    return total
