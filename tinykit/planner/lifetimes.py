"""When each buffer is in use, counted in operators: finer than blocks, since some results are used up at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tinykit.planner.format import Block, Buffer, Storage
from tinykit.planner.uses import Uses

Span = tuple[int, int]
"""First and last operator during which bytes are in use, both included."""


def moment(uses: Uses, held: Storage, windows: Collection[int] = ()) -> Span | None:
    """When a tensor of a block is in use that is held for a moment only: one unit, which its only reader, a point-wise
    operator, takes at once. None: all the time.

    Between the two calls only operators between the two can run: whatever comes before the first has nothing to do until
    the reader asks for more. A reader whose result, one of `windows`, is computed again and again does not take at once.
    """
    producer, consumers = uses.producer.get(held.tensor), uses.consumers.get(held.tensor, [])
    if producer is None or len(consumers) != 1 or not _one_unit(uses, held) or held.hold == "window":
        return None
    if uses.writes[consumers[0]][0] in windows:
        return None
    reads = [read for read in uses.reads[consumers[0]] if read.tensor == held.tensor]
    return (producer, consumers[0]) if all(read.region is not None and read.region.pointwise for read in reads) else None


def _one_unit(uses: Uses, held: Storage) -> bool:
    grid = uses.grid(held.tensor, held.unit)
    return not held.mirror and held.rows * grid.per_row + held.pixels // grid.unit == 1


def most(used: Sequence[tuple[int, Span]]) -> int:
    """The most of these bytes in use at once."""
    starts = {first for _, (first, _) in used}
    return max((sum(size for size, (first, last) in used if first <= at <= last) for at in starts), default=0)


def lifetimes(uses: Uses, blocks: Sequence[Block], buffers: Sequence[Buffer]) -> dict[str, Span]:
    """The operators during which each buffer is in use, by name: whole blocks, but for brief results."""
    windows = {s.tensor for block in blocks for s in block.storage if s.hold == "window"}
    moments = {s.tensor: moment(uses, s, windows) for block in blocks for s in block.storage}
    found = {}
    for b in buffers:
        if blocks:
            whole = blocks[b.first].ops[0], blocks[b.last].ops[-1]
            found[b.name] = (moments.get(b.tensor) if b.tensor is not None else None) or whole
        else:
            found[b.name] = 0, 0
    return found
