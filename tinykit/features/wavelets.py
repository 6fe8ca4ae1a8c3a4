"""The front end of heart sounds and the like: bands of Morlet wavelets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from tinykit.features.morlet import Morlet
from tinykit.features.sound import SoundFrontEnd


@dataclass(frozen=True)
class WaveletFrontEnd(SoundFrontEnd):
    """`bands` wavelets with centres from `low` to `high`, in equal ratios. cycles: see `Morlet`."""

    cycles: float = 5.0

    kind: ClassVar[str] = "wavelets"

    @cached_property
    def analysis(self) -> Morlet:
        return Morlet(self.rate // self.decimate, self.hop, self.bands, self.low, self.high, self.cycles)
