"""From power to int8: clipped and scaled to 0…1 on a linear or logarithmic scale of amplitude, without root or logarithm.

An int8 has 256 values, so a value is the number of thresholds that a power reaches: eight comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.frontend import ZERO_POINT

SCALE = 1 / 255
"""real = SCALE × (stored − ZERO_POINT), from 0 to 1."""


@dataclass(frozen=True)
class Levels:
    """Amplitudes from `floor` (0) to `ceiling` (1); beyond, they are clipped. `scale` "log" makes equal ratios equal steps.

    Both ends are fixed when a model is trained: neither needs the whole recording, so one pass over it is enough.
    """

    floor: float
    ceiling: float
    scale: Literal["log", "linear"] = "log"

    def __post_init__(self) -> None:
        if not 0 <= self.floor < self.ceiling < 1 << 27 or (self.scale == "log" and self.floor == 0):
            raise InputError(f"levels need 0 <= floor < ceiling (0 < floor for log), not {self.floor:g} and {self.ceiling:g}")

    def thresholds(self, unit: int) -> npt.NDArray[np.uint64]:
        """The 255 powers, times `unit`, at which the value rises by one."""
        steps = (np.arange(255) + 0.5) / 255
        if self.scale == "log":
            amplitude = self.floor * (self.ceiling / self.floor) ** steps
        else:
            amplitude = self.floor + (self.ceiling - self.floor) * steps
        return np.ceil(amplitude**2 * unit).astype(np.uint64)

    def apply(self, power: npt.NDArray[np.int64], unit: int) -> npt.NDArray[np.int8]:
        """Values int8, of any shape, of power times `unit`."""
        reached = np.searchsorted(self.thresholds(unit).astype(np.int64), power, side="right")
        return (reached + ZERO_POINT).astype(np.int8)
