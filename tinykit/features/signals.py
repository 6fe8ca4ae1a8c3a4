"""The front end of sensors with several channels: a band-pass in each, a lower rate, int8 in a fixed unit.

All is integer arithmetic: Python and C (`firmware_templates/features/signals.c.j2`) give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.bandpass import BandPass
from tinykit.features.frontend import Array, FrontEnd
from tinykit.samples import random_recordings


@dataclass(frozen=True)
class SignalFrontEnd(FrontEnd):
    """`samples` int16 of each of `channels`, at `rate`, become int8 [samples / decimate, channels]; real = stored / 128.

    A recording is [samples × channels]: all channels of the first moment, then of the next. low, high, order: the edges of each
    channel's band-pass in Hz, and its order. decimate: moments in for each that is kept. unit: how much of the samples' unit one
    int8 step is; beyond ±127 of them values are clipped.
    """

    rate: int
    samples: int
    channels: int
    low: float
    high: float
    unit: int
    order: int = 2
    decimate: int = 1

    kind: ClassVar[str] = "signals"
    step: ClassVar[float] = 1 / 128
    zero_point: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if self.channels < 1 or not 1 <= self.unit <= 256:
            raise InputError(f"signals have channels, and a unit from 1 to 256, not {self.channels} and {self.unit}")
        if self.decimate < 1 or self.samples < 1 or self.samples % self.decimate:
            raise InputError(f"{self.samples} samples cannot be decimated by {self.decimate}")
        _ = self.bandpass

    @cached_property
    def bandpass(self) -> BandPass:
        return BandPass(self.rate, self.low, self.high, self.order, self.decimate)

    @property
    def length(self) -> int:
        return self.samples * self.channels

    @property
    def shape(self) -> tuple[int, int]:
        return self.samples // self.decimate, self.channels

    @property
    def summary(self) -> str:
        edges = f"{self.low:g} to {self.high:g} Hz"
        rate = f"{self.rate} Hz" + (f" to {self.rate / self.decimate:g} Hz" if self.decimate > 1 else "")
        return f"{self.samples} samples of {self.channels} channels at {rate}, {edges}"

    def compute(self, samples: Array) -> npt.NDArray[np.int8]:
        each = samples.reshape(len(samples), self.samples, self.channels).transpose(0, 2, 1).reshape(-1, self.samples)
        steps = (2 * self.bandpass.apply(each).astype(np.int32) + self.unit) // (2 * self.unit)
        values = np.clip(steps, -128, 127).astype(np.int8).reshape(len(samples), self.channels, -1)
        return np.ascontiguousarray(values.transpose(0, 2, 1))

    def random(self) -> Array:
        return random_recordings(self.length)
