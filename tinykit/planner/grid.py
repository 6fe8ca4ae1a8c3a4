"""How a map is cut into units: whole rows, or runs of pixels of a row, in the order in which they are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykit.graph.ir import Tensor
from tinykit.ops.base import Access, Region

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """A map of `rows` × `width` pixels of `pixel_bytes` each; a unit is `unit` pixels of one row, fewer at its end."""

    rows: int
    width: int
    unit: int
    pixel_bytes: int

    @property
    def per_row(self) -> int:
        return -(-self.width // self.unit)

    @property
    def count(self) -> int:
        """Units of the whole map."""
        return self.rows * self.per_row

    @property
    def row_bytes(self) -> int:
        return self.width * self.pixel_bytes

    @property
    def unit_bytes(self) -> int:
        return self.unit * self.pixel_bytes

    def starts(self) -> tuple[Counts, Counts, Counts]:
        """Row, first pixel and end pixel of every unit."""
        y, j = np.divmod(np.arange(self.count, dtype=np.int64), self.per_row)
        x0 = j * self.unit
        return y, x0, np.minimum(x0 + self.unit, self.width)


def grid_of(tensor: Tensor, unit: int = 0) -> Grid:
    """The grid of a tensor in units of `unit` pixels; 0: whole rows."""
    pixel = (tensor.shape[-1] if tensor.shape else 1) * tensor.dtype.size
    width = tensor.row_bytes // max(pixel, 1)
    return Grid(tensor.rows, width, min(unit, width) or max(width, 1), pixel)


@dataclass(frozen=True)
class Window:
    """What the units of one map read of another.

    `end[n]`: units of the source that its first n units need; `oldest[n]`: the first unit that units n, n+1 … still
    read; `first_byte[n]`: the lowest byte of the whole source they still read. All rise with n; the last two have the
    source's size at the end. `span`: units of the source that one unit reads side by side, at most.
    """

    end: Counts
    oldest: Counts
    first_byte: Counts
    span: int


def window(reader: Grid, region: Region, source: Grid) -> Window:
    """What each unit of `reader` needs of `source`."""
    y, x0, x1 = reader.starts()
    top, bottom = _clipped(y, y, region.rows, source.rows)
    left, right = _clipped(x0, x1 - 1, region.cols, source.width)
    some = (top < bottom) & (left < right)
    end = np.where(some, (bottom - 1) * source.per_row - (-right // source.unit), 0)
    first = np.where(some, top * source.per_row + left // source.unit, source.count)
    byte = np.where(some, top * source.row_bytes + left * source.pixel_bytes, source.rows * source.row_bytes)
    wide = np.where(some, -(-right // source.unit) - left // source.unit, 0)
    return Window(
        np.concatenate(([0], np.maximum.accumulate(end))),
        _still(first, source.count),
        _still(byte, source.rows * source.row_bytes),
        int(wide.max(initial=1)),
    )


def _clipped(first: Counts, last: Counts, access: Access, size: int) -> tuple[Any, Any]:
    """Access.interval of every pair of a first and a last output."""
    begin, end = first * access.stride - access.before, last * access.stride - access.before + access.extent
    return np.clip(-(-begin // access.spread), 0, size), np.clip(-(-end // access.spread), 0, size)


def _still(lowest: Counts, end: int) -> Counts:
    """The least of this and all later entries."""
    return np.concatenate((np.minimum.accumulate(lowest[::-1])[::-1], [end]))
