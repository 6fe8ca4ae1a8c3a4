"""Results computed again: of a point-wise operator's output only the window is held that its reader needs at a time.

Neighbouring windows of a row share columns, which are kept; those of neighbouring rows share rows, which are computed anew. It
pays where a point-wise operator makes many channels of few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinykit.ops.base import Region
from tinykit.planner.format import Storage
from tinykit.planner.strips import macs
from tinykit.planner.uses import Uses, align


@dataclass(frozen=True)
class Again:
    """Operator `op` run for the windows of its reader, `unit` pixels of the reader at a time."""

    op: int
    storage: Storage
    bytes: int
    calls: int
    times: float
    """How often each pixel is computed, on average."""


def reader(uses: Uses, op: int, ops: Sequence[int]) -> tuple[int, Region] | None:
    """The one operator among `ops` for whose windows `op` may be computed again, and what it reads; None: there is none."""
    reads, output = uses.reads[op], uses.writes[op][0]
    if len(reads) != 1 or reads[0].region is None or not reads[0].region.pointwise or not uses.streams(op, -1):
        return None
    consumers = uses.consumers.get(output, [])
    if len(consumers) != 1 or consumers[0] not in ops or output in uses.outputs:
        return None
    found = [read.region for read in uses.reads[consumers[0]] if read.tensor == output]
    region = found[0] if len(found) == 1 else None
    if region is None or region.rows.extent < 2 or region.cols.extent < 2 or not uses.streams(consumers[0], op):
        return None
    if region.rows.spread > 1 or region.cols.spread > 1:
        return None
    return consumers[0], region


def again(uses: Uses, op: int, consumer: int, region: Region, unit: int) -> Again:
    """`op` computed again for the windows of `consumer`, which runs in units of `unit` pixels."""
    output = uses.writes[op][0]
    source, target = uses.grid(output), uses.grid(uses.writes[consumer][0], unit)
    rows = sum(b - a for a, b in (region.rows.interval(y, y + 1, source.rows) for y in range(target.rows)))
    starts = np.arange(target.per_row) * unit
    spans = [region.cols.interval(int(x), min(int(x) + unit, target.width), source.width) for x in starts]
    done, pixels, calls = 0, 0, 0
    for left, right in spans:
        new = right - max(left, done)
        if new > 0:
            pixels, calls, done = pixels + new, calls + 1, right
    wide = (min(unit, target.width) - 1) * region.cols.stride + region.cols.extent
    storage = Storage(output, "window", region.rows.extent, wide, unit)
    size = align(region.rows.extent * wide * source.pixel_bytes)
    return Again(op, storage, size, rows * calls, rows * pixels / max(source.rows * source.width, 1))


def extra_work(uses: Uses, repeats: Sequence[Again]) -> float:
    """Multiply-accumulates beyond computing each result once."""
    return sum(macs(uses, a.op) * (a.times - 1) for a in repeats)
