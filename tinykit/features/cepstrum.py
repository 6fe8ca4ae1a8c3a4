"""Cepstra of log-mel levels (MFCC): a cosine transform, in integers on the board or as weights of a network's first layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError

COSINE_BITS = 22


@dataclass(frozen=True)
class Cepstra:
    """`count` cepstra of `bands` levels int8, again int8: Python and C (`firmware_templates/features/tk_cepstrum.h`) agree.

    The first is the mean level m = sum(l) / bands. The k-th, from 1, is sqrt(2) / bands × sum(l cos(pi k (n + 1/2) / bands)),
    times HTK's lifter 1 + L / 2 sin(pi k / L) unless `lifter` L is 0; it lies around 0, and is clipped to int8.
    """

    bands: int
    count: int
    lifter: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= self.bands:
            raise InputError(f"{self.bands} bands have from 1 to {self.bands} cepstra, not {self.count}")
        if self.lifter and not self.count <= self.lifter <= 64:
            raise InputError(f"a lifter is 0, or from the number of cepstra, {self.count}, to 64, not {self.lifter}")

    @cached_property
    def cosines(self) -> npt.NDArray[np.int32]:
        """[count, bands] in 2^-22."""
        k = np.arange(self.count)
        lift = 1 + self.lifter / 2 * np.sin(np.pi * k / self.lifter) if self.lifter else np.ones(self.count)
        exact = cepstrum(self.bands, self.count).T.astype(np.float64) / np.sqrt(self.bands) * lift[:, None]
        rounded: npt.NDArray[np.int32] = np.rint(exact * (1 << COSINE_BITS)).astype(np.int32)
        return rounded

    def apply(self, levels: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
        """Cepstra int8 [..., count] of levels int8 [..., bands]; rounded, halves up."""
        sums = levels.astype(np.int64) @ self.cosines.T.astype(np.int64) + (1 << (COSINE_BITS - 1))
        found: npt.NDArray[np.int8] = np.clip(sums >> COSINE_BITS, -128, 127).astype(np.int8)
        return found


def cepstrum(bands: int, count: int) -> npt.NDArray[np.float32]:
    """The orthonormal cosine transform [bands, count]: log-mel values times this are cepstra.

    As the weights of a first 1 × 1 convolution or dense layer without bias it is part of the network, quantised like the rest.
    """
    n, k = np.arange(bands)[:, None], np.arange(count)[None]
    matrix = np.cos(np.pi * k * (n + 0.5) / bands) * np.sqrt(2 / bands)
    matrix[:, 0] /= np.sqrt(2)
    result: npt.NDArray[np.float32] = matrix.astype(np.float32)
    return result
