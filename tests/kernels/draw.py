"""Seeded random shapes, scales and values, with the extremes more often than chance would have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ACTIVATIONS = ("NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1")
LOWEST, HIGHEST = -128, 127


class Draw:
    """Values for tests; the same seed gives the same values."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def integer(self, low: int, high: int) -> int:
        """Between both ends, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, one_in: int) -> bool:
        return self.integer(1, one_in) == 1

    def pick(self, choices: Sequence):  # type: ignore[no-untyped-def, type-arg]
        return choices[self.integer(0, len(choices) - 1)]

    def shape(self, rank: int, most: int) -> tuple[int, ...]:
        return tuple(self.integer(1, most) for _ in range(rank))

    def scale(self, low: float = -5.0, high: float = 0.5) -> float:
        """e to a power between `low` and `high`, as a float32."""
        return float(np.float32(np.exp(self.rng.uniform(low, high))))

    def zero_point(self) -> int:
        return self.pick((LOWEST, HIGHEST, 0, self.integer(LOWEST, HIGHEST), self.integer(LOWEST, HIGHEST)))

    def quant(self) -> dict[str, float]:
        """Scale and zero point as the model builder takes them."""
        return {"scale": self.scale(), "zero_point": self.zero_point()}

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        """int8: any, only extremes, or all equal to one extreme."""
        kind = self.integer(0, 4)
        if kind == 0:
            return np.full(shape, self.pick((LOWEST, HIGHEST)), np.int8)
        if kind == 1:
            return self.rng.choice(np.array([LOWEST, HIGHEST], np.int8), shape)
        return self.rng.integers(LOWEST, HIGHEST + 1, shape).astype(np.int8)
