"""Power in wavelet bands: a Morlet continuous wavelet transform whose magnitude is pooled to frames.

The transform is taken at the full rate, of every frame at as many points as the wavelet's bandwidth asks for (a wavelet of
scale s changes its magnitude in about s samples), and their power is averaged over the frame. Wavelets are rounded to int16, so
that all is integer arithmetic: Python and C (`firmware_templates/features/tk_morlet.h`) give the same power.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError

WIDTH = 3
"""Standard deviations of its envelope after which a wavelet is cut off."""
SHIFT = 12
"""Bits dropped from the sum of products: a sine of amplitude A at a band's centre has magnitude about 8 A."""
_MOST_BANDS = 1024
_CYCLES = (1, 100)
_SUM = 65000
"""Magnitudes of a wavelet's coefficients add up to this: with samples in ±32767 the sum fits int32."""


@dataclass(frozen=True)
class Wavelet:
    """One band: real and imaginary coefficients int16 [2 × half + 1] of its wavelet, and where in a frame it is evaluated."""

    frequency: float
    real: tuple[int, ...]
    imaginary: tuple[int, ...]
    points: tuple[int, ...]

    @property
    def half(self) -> int:
        return len(self.real) // 2


@dataclass(frozen=True)
class Morlet:
    """`bands` wavelets whose centres go geometrically from `low` to `high` Hz at `rate`; a frame is `hop` samples.

    cycles: the wavelet's omega0, the standard deviation of its envelope in radians of its own frequency.
    """

    rate: int
    hop: int
    bands: int
    low: float
    high: float
    cycles: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < self.rate / 2:
            raise InputError(
                f"wavelets need 0 < low < high < {self.rate / 2:g} Hz, half the rate, not {self.low:g} and {self.high:g}"
            )
        if not 2 <= self.bands <= _MOST_BANDS or self.hop < 1 or not _CYCLES[0] <= self.cycles <= _CYCLES[1]:
            raise InputError(
                f"wavelets need 2 to {_MOST_BANDS} bands, a hop of at least 1 sample and {_CYCLES[0]} to {_CYCLES[1]} cycles"
            )

    @cached_property
    def wavelets(self) -> tuple[Wavelet, ...]:
        """From the lowest band to the highest."""
        centres = self.low * (self.high / self.low) ** (np.arange(self.bands) / (self.bands - 1))
        return tuple(self._wavelet(float(centre)) for centre in centres)

    def _wavelet(self, frequency: float) -> Wavelet:
        scale = self.cycles * self.rate / (2 * math.pi * frequency)
        half = math.ceil(WIDTH * scale)
        k = np.arange(-half, half + 1)
        envelope = np.exp(-0.5 * (k / scale) ** 2)
        envelope *= _SUM / envelope.sum()
        wave = envelope * np.exp(1j * self.cycles * k / scale)
        step = max(n for n in range(1, self.hop + 1) if self.hop % n == 0 and n <= max(1, scale))
        points = tuple(range((step - 1) // 2, self.hop, step))
        real, imaginary = (tuple(int(v) for v in np.rint(part)) for part in (wave.real, wave.imag))
        return Wavelet(frequency, real, imaginary, points)

    @cached_property
    def reach(self) -> int:
        """Samples before and after a frame that its widest wavelet reads, in whole frames."""
        return -(-max(w.half for w in self.wavelets) // self.hop) * self.hop

    @property
    def window(self) -> int:
        """Samples that one frame reads."""
        return 2 * self.reach + self.hop

    @property
    def unit(self) -> int:
        """Powers are added up over a frame."""
        return self.hop

    def apply(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """The mean of re² + im² over each frame, times `unit`; see `Analysis`."""
        padded = np.pad(samples, ((0, 0), (self.reach, self.reach)))
        matrix, owner = self._matrix()
        power = np.empty((len(samples), samples.shape[1] // self.hop, self.bands), np.int64)
        for n, recording in enumerate(padded):
            frames = np.lib.stride_tricks.sliding_window_view(recording, self.window)[:: self.hop]
            # Products of these integers and their sums stay below 2^53, so that double precision is exact.
            answers = np.floor(frames.astype(np.float64) @ matrix / (1 << SHIFT)).astype(np.int64)
            squares = answers**2
            for band, (wavelet, columns) in enumerate(zip(self.wavelets, owner, strict=True)):
                power[n, :, band] = squares[:, columns].sum(1) * (self.hop // len(wavelet.points))
        return power

    def _matrix(self) -> tuple[npt.NDArray[np.float64], list[slice]]:
        """All wavelets at all their points as columns [window, …], and which columns are each band's."""
        columns: list[npt.NDArray[np.float64]] = []
        owner = []
        for wavelet in self.wavelets:
            first = len(columns)
            for point in wavelet.points:
                for part in (wavelet.real, wavelet.imaginary):
                    column = np.zeros(self.window)
                    begin = self.reach + point - wavelet.half
                    column[begin : begin + len(part)] = part
                    columns.append(column)
            owner.append(slice(first, len(columns)))
        return np.stack(columns, 1), owner
