"""What turns stored images into a network's input: declared by name in `family.toml`, computed here and nowhere else.

Training, calibration, evaluation and deployment all call these functions, so they cannot drift apart. Only numpy is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[Any]

SCALES: Final[dict[str, tuple[float, float]]] = {
    "x": (1.0, 0.0),
    "x/255": (1 / 255, 0.0),
    "x/128": (1 / 128, 0.0),
    "x/127.5-1": (1 / 127.5, -1.0),
    "x/128-1": (1 / 128, -1.0),
}
INTERPOLATIONS: Final = ("nearest", "bilinear")


@dataclass(frozen=True)
class Preprocess:
    """How a stored sample becomes a float32 network input.

    resize: height and width images are brought to, or None to leave them; values stay on the stored scale and are
        rounded to whole numbers, as a camera would deliver them.
    interpolation: one of `INTERPOLATIONS`.
    scale: one of `SCALES`.
    """

    resize: tuple[int, int] | None = None
    interpolation: str = "bilinear"
    scale: str = "x"

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str) -> Preprocess:
        """Read the `[preprocess]` table of a family; `where` names the file in an InputError."""
        resize = table.get("resize")
        interpolation = table.get("interpolation", "bilinear")
        scale = table.get("scale", "x")
        if resize is not None and (
            not isinstance(resize, list) or len(resize) != 2 or not all(isinstance(n, int) and n > 0 for n in resize)
        ):
            raise InputError(f"{where}: preprocess.resize must be two positive numbers, height and width.")
        if interpolation not in INTERPOLATIONS:
            raise InputError(f"{where}: preprocess.interpolation must be one of {', '.join(INTERPOLATIONS)}.")
        if scale not in SCALES:
            raise InputError(f"{where}: preprocess.scale must be one of {', '.join(SCALES)}.")
        return cls(None if resize is None else (resize[0], resize[1]), interpolation, scale)

    def apply(self, samples: Array) -> Floats:
        """Network inputs, float32 [n, ...], of stored samples [n, ...]; images are [n, height, width, channels]."""
        values = samples.astype(np.float32)
        if self.resize is not None:
            values = resize(values, self.resize, self.interpolation)
        factor, offset = SCALES[self.scale]
        scaled: Floats = values * np.float32(factor) + np.float32(offset)
        return scaled


def resize(images: Floats, size: tuple[int, int], interpolation: str) -> Floats:
    """Images float32 [n, h, w, c] at another size, with pixel centres aligned, edges repeated and values rounded."""
    if images.ndim != 4:
        raise InputError(f"An image batch has shape [n, height, width, channels], this one {list(images.shape)}.")
    if images.shape[1:3] == size:
        return images
    rows, columns = (centres(source, target) for source, target in zip(images.shape[1:3], size, strict=True))
    if interpolation == "nearest":
        picked: Floats = images[:, np.floor(rows + 0.5).astype(int)][:, :, np.floor(columns + 0.5).astype(int)]
        return picked
    sampled = sample(
        images, bilinear_matrix(rows, images.shape[1])[None], bilinear_matrix(columns, images.shape[2])[None]
    )
    rounded: Floats = np.floor(sampled + np.float32(0.5))
    return rounded


def centres(source: int, target: int) -> Floats:
    """Where the centres of `target` pixels lie among `source` pixels that cover the same length."""
    return ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)


def bilinear_matrix(positions: Floats, source: int) -> Floats:
    """Weights [..., target, source] that interpolate linearly at `positions` [..., target]; outside, the edge repeats."""
    inside = np.clip(positions, 0, source - 1)
    weights: Floats = np.maximum(0, 1 - np.abs(inside[..., None] - np.arange(source, dtype=np.float32))).astype(np.float32)
    return weights


def sample(images: Floats, rows: Floats, columns: Floats) -> Floats:
    """Images [n, h, w, c] resampled by `rows` [n or 1, h', h] and `columns` [n or 1, w', w] to [n, h', w', c]."""
    planes = np.moveaxis(images, 3, 1)
    sampled = rows[:, None] @ planes @ columns[:, None].swapaxes(2, 3)
    return np.ascontiguousarray(np.moveaxis(sampled, 1, 3))
