"""The front end of cameras: pixel formats, crop, a smaller size, int8 rows.

A value is the mean of the pixels it covers, rounded, so nothing between them is lost; rows leave as soon as their last line is
in. All is integer arithmetic: Python and C (`firmware_templates/features/tk_image.h`) give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.features.frontend import ZERO_POINT, Array, FrontEnd

Ints = npt.NDArray[np.int64]

BYTES = {"grey": 1, "rgb565": 2, "yuyv": 2, "rgb888": 3}


@dataclass(frozen=True)
class ImageFrontEnd(FrontEnd):
    """Images of `width` × `height` pixels become int8 [rows, columns, channels]; real = stored + 128, the pixel values 0…255.

    format: as the camera gives its bytes: `grey`, `rgb565` (the byte with red first), `yuyv` (YUV 4:2:2: Y U Y V, full range,
    BT.601) or `rgb888`. left, top, crop_width, crop_height: the part that is used, 0 for all that is left; it may not be smaller
    than rows and columns. channels: 3 for red, green, blue, or 1 for brightness.
    """

    width: int
    height: int
    rows: int
    columns: int
    format: Literal["grey", "rgb565", "yuyv", "rgb888"]
    channels: int = 3
    left: int = 0
    top: int = 0
    crop_width: int = 0
    crop_height: int = 0

    kind: ClassVar[str] = "image"
    dtype: ClassVar[str] = "uint8"

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise InputError(f"an image front end has 1 or 3 channels, not {self.channels}")
        if self.format == "yuyv" and self.width % 2:
            raise InputError(f"yuyv has pairs of pixels: a width of {self.width} is odd")
        width, height = self.crop
        for size, first, crop, out in (
            (self.width, self.left, width, self.columns),
            (self.height, self.top, height, self.rows),
        ):
            if not (first >= 0 and 1 <= out <= crop and first + crop <= size <= 4096):
                raise InputError(
                    f"{crop} pixels from {first} of {size} cannot become {out}", hint="crop inside the image, and never enlarge"
                )

    @property
    def crop(self) -> tuple[int, int]:
        """Columns and rows of the image that are used."""
        return self.crop_width or self.width - self.left, self.crop_height or self.height - self.top

    @property
    def length(self) -> int:
        return self.width * self.height * BYTES[self.format]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns * self.channels

    @property
    def summary(self) -> str:
        return f"{self.width} x {self.height} pixels of {self.format} to {self.rows} rows of {self.columns} x {self.channels}"

    def compute(self, samples: Array) -> npt.NDArray[np.int8]:
        pixels = self._pixels(samples.reshape(len(samples), self.height, -1).astype(np.int64))
        width, height = self.crop
        pixels = pixels[:, self.top : self.top + height, self.left : self.left + width]
        rows, columns = (np.arange(n) * size // n for n, size in ((self.rows, height), (self.columns, width)))
        sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=1), columns, axis=2)
        count = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))[..., None]
        values: npt.NDArray[np.int8] = ((sums + count // 2) // count + ZERO_POINT).astype(np.int8)
        return values

    def random(self) -> Array:
        generator = np.random.default_rng(20)
        images: Array = generator.integers(0, 256, (3, self.length), np.uint8)
        images[2] = 255
        return images

    def _pixels(self, lines: Ints) -> Ints:
        """Pixels [n, height, width, channels] of lines of bytes [n, height, bytes]."""
        if self.format == "grey":
            return np.repeat(lines[..., None], self.channels, -1)
        if self.format == "yuyv":
            luma, u, v = lines[..., ::2], *(np.repeat(lines[..., n::4], 2, -1) - 128 for n in (1, 3))
            if self.channels == 1:
                return luma[..., None]
            return np.stack(
                [
                    _byte((256 * luma + 359 * v + 128) >> 8),
                    _byte((256 * luma - 88 * u - 183 * v + 128) >> 8),
                    _byte((256 * luma + 454 * u + 128) >> 8),
                ],
                -1,
            )
        if self.format == "rgb565":
            word = lines[..., ::2] << 8 | lines[..., 1::2]
            red, green, blue = word >> 11, word >> 5 & 63, word & 31
            rgb = np.stack([red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2], -1)
        else:
            rgb = lines.reshape(*lines.shape[:2], self.width, 3)
        return rgb if self.channels == 3 else (rgb @ np.array([77, 150, 29]) + 128 >> 8)[..., None]


def _byte(values: Ints) -> Ints:
    return np.clip(values, 0, 255)
