"""Power in mel bands: Hann windows, a fast Fourier transform, triangles equally wide on the mel scale.

All is integer arithmetic: Python and C (`firmware_templates/features/tk_mel.h`) give the same power.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.cepstrum import Cepstra
from tinykit.features.frontend import Array
from tinykit.features.sound import SoundFrontEnd

Ints = npt.NDArray[np.int64]

TWIDDLE_BITS = 30
EXTRA_BITS = 4
"""Fractional bits of the windowed samples."""
WEIGHT_BITS = 8
WINDOWS = (64, 128, 256, 512, 1024)
_FRAMES_AT_ONCE = 4096


def mel(frequency: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mel scale (HTK's formula) of frequencies in Hz."""
    result: npt.NDArray[np.float64] = 2595 * np.log10(1 + frequency / 700)
    return result


@dataclass(frozen=True)
class Mel:
    """`bands` triangles from `low` to `high` Hz at `rate`, on windows of `window` samples around frames of `hop`."""

    rate: int
    hop: int
    window: int
    bands: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.window not in WINDOWS or self.window < self.hop:
            raise InputError(
                f"a mel window is one of {', '.join(map(str, WINDOWS))} samples, from {self.hop} on, not {self.window}"
            )
        if not 0 < self.low < self.high <= self.rate / 2 or not 1 <= self.bands <= self.window // 2:
            raise InputError(
                f"mel bands need 0 < low < high <= {self.rate / 2:g} Hz, half the rate, "
                f"and are 1 to {self.window // 2}, half the window"
            )
        if any(not weights for _, weights in self.triangles):
            raise InputError(
                f"{self.bands} mel bands are too narrow for a window of {self.window} samples",
                hint="a longer one, or fewer bands",
            )

    @property
    def reach(self) -> int:
        """Samples before and after a frame that its window may read, in whole frames."""
        return -(-(self.window - self.hop) // (2 * self.hop)) * self.hop

    @property
    def lead(self) -> int:
        """Where in the samples that lie ready, two `reach` and a frame, the window begins: in the middle of them."""
        return (2 * self.reach + self.hop - self.window) // 2

    @property
    def unit(self) -> int:
        """A sine of amplitude A has A N / 4 in its bin, and magnitudes are 8 A; weights are in 2^-8."""
        return self.window * self.window // 1024 << WEIGHT_BITS

    @cached_property
    def hann(self) -> npt.NDArray[np.int16]:
        """The window [N], in 2^-15."""
        n = np.arange(self.window)
        return np.minimum(np.rint(32768 * (0.5 - 0.5 * np.cos(2 * np.pi * (n + 0.5) / self.window))), 32767).astype(np.int16)

    @cached_property
    def twiddles(self) -> npt.NDArray[np.int32]:
        """Cosine and sine [N / 2, 2] of -2 pi n / N, in 2^-30."""
        angle = -2 * np.pi * np.arange(self.window // 2) / self.window
        parts: npt.NDArray[np.float64] = np.stack([np.cos(angle), np.sin(angle)], 1)
        return np.rint(parts * (1 << TWIDDLE_BITS)).astype(np.int32)

    @cached_property
    def reversed_bits(self) -> npt.NDArray[np.int64]:
        """Where each sample goes before the first stage."""
        bits = self.window.bit_length() - 1
        return np.array([int(f"{n:0{bits}b}"[::-1], 2) for n in range(self.window)])

    @cached_property
    def triangles(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """First bin and weights, in 2^-8, of each band; bins whose weight rounds to 0 are left out."""
        low, high = mel(np.array([self.low, self.high])).tolist()
        edges = np.linspace(low, high, self.bands + 2)
        bins = mel(np.arange(self.window // 2 + 1) * self.rate / self.window)
        found = []
        for left, middle, right in zip(edges, edges[1:], edges[2:], strict=False):
            shape = np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle))
            weights = np.rint(np.maximum(shape, 0) * (1 << WEIGHT_BITS)).astype(int)
            used = np.flatnonzero(weights)
            found.append((int(used[0]), tuple(map(int, weights[used[0] : used[-1] + 1]))) if len(used) else (0, ()))
        return tuple(found)

    def apply(self, samples: npt.NDArray[np.int16]) -> Ints:
        """Weighted power, times `unit`; see `Analysis`."""
        padded = np.pad(samples, ((0, 0), (self.reach, self.reach)))
        views = np.lib.stride_tricks.sliding_window_view(padded, self.window, axis=1)[:, self.lead :: self.hop]
        frames = samples.shape[1] // self.hop
        flat = views[:, :frames].reshape(-1, self.window)
        parts = [self._bands(flat[at : at + _FRAMES_AT_ONCE]) for at in range(0, len(flat), _FRAMES_AT_ONCE)]
        return np.concatenate(parts).reshape(len(samples), frames, self.bands)

    def _bands(self, frames: npt.NDArray[np.int16]) -> Ints:
        windowed = frames.astype(np.int64) * self.hann >> (15 - EXTRA_BITS)
        real, imaginary = self._transform(windowed[:, self.reversed_bits])
        power = (real[:, : self.window // 2 + 1] ** 2 + imaginary[:, : self.window // 2 + 1] ** 2) >> (2 * EXTRA_BITS)
        return np.stack([power[:, b : b + len(w)] @ np.array(w, np.int64) for b, w in self.triangles], 1)

    def _transform(self, real: Ints) -> tuple[Ints, Ints]:
        """Radix 2, in place, decimated in time; products are rounded, halves up."""
        imaginary = np.zeros_like(real)
        size = 2
        while size <= self.window:
            half = size // 2
            cosine, sine = self.twiddles[:: self.window // size].astype(np.int64).T
            re, im = (part.reshape(-1, self.window // size, size) for part in (real, imaginary))
            a, b = re[..., half:], im[..., half:]
            rounding = 1 << (TWIDDLE_BITS - 1)
            x = (a * cosine - b * sine + rounding) >> TWIDDLE_BITS
            y = (a * sine + b * cosine + rounding) >> TWIDDLE_BITS
            re[..., half:], im[..., half:] = re[..., :half] - x, im[..., :half] - y
            re[..., :half] += x
            im[..., :half] += y
            size *= 2
        return real, imaginary


@dataclass(frozen=True)
class MelFrontEnd(SoundFrontEnd):
    """The front end of speech and other sounds: `bands` mel bands between `low` and `high`, of windows of `window` samples.

    cepstra: how many cepstra (MFCC) of the bands' levels it gives in their place, 0 for the bands themselves; lifter: of HTK's
    liftering, which makes the higher ones as large as the lower ones, 0 for none. See `Cepstra`.
    """

    window: int = 512
    cepstra: int = 0
    lifter: int = 22

    kind: ClassVar[str] = "mel"

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.transform

    @cached_property
    def analysis(self) -> Mel:
        return Mel(self.rate // self.decimate, self.hop, self.window, self.bands, self.low, self.high)

    @cached_property
    def transform(self) -> Cepstra | None:
        """What makes cepstra of levels, None where the network takes the bands."""
        return Cepstra(self.bands, self.cepstra, self.lifter) if self.cepstra else None

    @property
    def shape(self) -> tuple[int, int]:
        return self.frames, self.cepstra or self.bands

    @property
    def summary(self) -> str:
        return super().summary + (f", of them {self.cepstra} cepstra" if self.cepstra else "")

    def compute(self, samples: Array) -> npt.NDArray[np.int8]:
        levels = super().compute(samples)
        return levels if self.transform is None else self.transform.apply(levels)
