"""What every front end has in common: band-pass, frames, levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.bandpass import BandPass
from tinykit.features.levels import SCALE, ZERO_POINT, Levels

F = TypeVar("F", bound="FrontEnd")


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
class FrontEnd:
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

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if self.decimate < 1 or self.frames < 1 or self.samples % (self.frames * self.decimate):
            raise InputError(
                f"{self.samples} samples are not {self.frames} frames of whole samples, decimated by {self.decimate}"
            )
        _ = self.bandpass, self.analysis, self.levels

    @classmethod
    def from_table(cls: type[F], table: Mapping[str, Any], where: str) -> F:
        """Read a `[frontend]` table. Raises InputError naming `where` and what is wrong."""
        known = {f.name: f for f in fields(cls)}
        values = {key: value for key, value in table.items() if key != "kind"}
        for key, value in values.items():
            if key not in known:
                raise InputError(f"{where}: frontend has no {key!r}", hint=f"it has {', '.join(known)}")
            wanted = {"int": (int,), "float": (int, float)}.get(str(known[key].type), (str,))
            if type(value) not in wanted or (key == "scale" and value not in ("log", "linear")):
                raise InputError(f"{where}: frontend.{key} cannot be {value!r}")
        try:
            return cls(**values)
        except TypeError as error:
            raise InputError(f"{where}: frontend: {str(error).split('() ', 1)[-1]}") from None

    def table(self) -> dict[str, Any]:
        """What `from_table` reads."""
        return {"kind": self.kind, **asdict(self)}

    @property
    def summary(self) -> str:
        """One line for people."""
        edges = f"{self.low:g} to {self.high:g} Hz"
        return f"{self.samples} samples at {self.rate} Hz to {self.frames} frames of {self.bands} {self.kind} bands, {edges}"

    @property
    def input_scale(self) -> tuple[float, int]:
        """Scale and zero point of the values it gives."""
        return SCALE, ZERO_POINT

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

    def apply(self, recordings: npt.NDArray[np.int16]) -> npt.NDArray[np.int8]:
        """Network inputs int8 [n, frames, bands] of int16 [n, samples]: the very bytes that the C computes."""
        return self.levels.apply(self.power(recordings), self.analysis.unit)

    def real(self, recordings: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """`apply` as the real values 0…1 that a network is trained on, float32 [n, frames, bands]."""
        values: npt.NDArray[np.float32] = (self.apply(recordings).astype(np.float32) - ZERO_POINT) * np.float32(SCALE)
        return values

    def power(self, recordings: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """Power of the bands times `analysis.unit`, [n, frames, bands], to choose `floor` and `ceiling` by."""
        if recordings.dtype != np.int16 or recordings.ndim != 2 or recordings.shape[1] != self.samples:
            raise InputError(f"the front end takes int16 [n, {self.samples}], not {recordings.dtype} {list(recordings.shape)}")
        return self.analysis.apply(self.bandpass.apply(recordings))
