"""What front ends for sounds have in common: band-pass, frames, levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.bandpass import BandPass
from tinykit.features.frontend import Array, FrontEnd
from tinykit.features.levels import SCALE, Levels
from tinykit.samples import random_recordings


class Analysis(Protocol):
    """Power in bands, frame by frame, in integers."""

    @property
    def hop(self) -> int:
        """Samples of a frame."""

    @property
    def reach(self) -> int:
        """Samples before and after a frame that it reads, in whole frames."""

    @property
    def unit(self) -> int:
        """How many times the square of the magnitude, which is about 8 A for a sine of amplitude A, `apply` gives."""

    def apply(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """Power [n, frames, bands] of int16 samples [n, frames × hop] in ±32767; outside, the signal counts as 0."""


@dataclass(frozen=True)
class SoundFrontEnd(FrontEnd):
    """Recordings of `samples` int16 at `rate` become int8 [frames, bands]; real = (stored + 128) / 255.

    low, high: the lowest and the highest frequency in Hz, below half of the decimated rate; the band-pass of `order` has its
    edges there. decimate: samples in for each sample that is analysed. floor, ceiling, scale: see `Levels`.
    """

    rate: int
    samples: int
    frames: int
    bands: int
    low: float
    high: float
    floor: float
    ceiling: float
    scale: Literal["log", "linear"] = "log"
    order: int = 2
    decimate: int = 1

    step: ClassVar[float] = SCALE

    def __post_init__(self) -> None:
        if self.decimate < 1 or self.frames < 1 or self.samples < 1 or self.samples % (self.frames * self.decimate):
            raise InputError(
                f"{self.samples} samples are not {self.frames} frames of whole samples, decimated by {self.decimate}"
            )
        _ = self.bandpass, self.analysis, self.levels

    @property
    def summary(self) -> str:
        """One line for people."""
        edges = f"{self.low:g} to {self.high:g} Hz"
        return f"{self.samples} samples at {self.rate} Hz to {self.frames} frames of {self.bands} {self.kind} bands, {edges}"

    @cached_property
    def bandpass(self) -> BandPass:
        return BandPass(self.rate, self.low, self.high, self.order, self.decimate)

    @property
    def analysis(self) -> Analysis:
        raise NotImplementedError

    @property
    def hop(self) -> int:
        """Analysed samples of a frame."""
        return self.samples // self.decimate // self.frames

    @cached_property
    def levels(self) -> Levels:
        return Levels(self.floor, self.ceiling, self.scale)

    @property
    def length(self) -> int:
        return self.samples

    @property
    def shape(self) -> tuple[int, int]:
        return self.frames, self.bands

    def compute(self, samples: Array) -> npt.NDArray[np.int8]:
        return self.levels.apply(self.power(samples), self.analysis.unit)

    def random(self) -> Array:
        return random_recordings(self.samples)

    def power(self, recordings: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """Power of the bands times `analysis.unit`, [n, frames, bands], to choose `floor` and `ceiling` by."""
        return self.analysis.apply(self.bandpass.apply(recordings))
