"""When each buffer is in use, counted in operators: finer than blocks, since some results are used up at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinykit.planner.format import Block, Buffer, Storage
from tinykit.planner.grid import grid_of
from tinykit.planner.uses import Uses

Span = tuple[int, int]
"""First and last operator during which bytes are in use, both included."""


def brief(uses: Uses, storage: Sequence[Storage]) -> dict[int, Span]:
    """The tensors of a block held for a moment only: one unit, which its only reader, a point-wise operator, takes at once.

    Between the two calls only operators between the two can run: whatever comes before the first has nothing to do until
    the reader asks for more.
    """
    found = {}
    for held in storage:
        producer, consumers = uses.producer.get(held.tensor), uses.consumers.get(held.tensor, [])
        if producer is None or len(consumers) != 1 or not _one_unit(uses, held):
            continue
        reads = [read for read in uses.reads[consumers[0]] if read.tensor == held.tensor]
        if all(read.region is not None and read.region.pointwise for read in reads):
            found[held.tensor] = producer, consumers[0]
    return found


def _one_unit(uses: Uses, held: Storage) -> bool:
    grid = grid_of(uses.tensor(held.tensor), held.unit)
    return not held.mirror and held.rows * grid.per_row + held.pixels // grid.unit == 1


def most(spans: Mapping[int, Span], sizes: Mapping[int, int]) -> int:
    """The most bytes of the tensors of `spans` in use at once."""
    starts = {first for first, _ in spans.values()}
    return max((sum(sizes[t] for t, (a, b) in spans.items() if a <= at <= b) for at in starts), default=0)


def lifetimes(uses: Uses, blocks: Sequence[Block], buffers: Sequence[Buffer]) -> dict[str, Span]:
    """The operators during which each buffer is in use, by name: whole blocks, but for brief results."""
    moments = [brief(uses, block.storage) for block in blocks]
    found = {}
    for b in buffers:
        if blocks:
            found[b.name] = blocks[b.first].ops[0], blocks[b.last].ops[-1]
            if b.tensor is not None and b.tensor in moments[b.first]:
                found[b.name] = moments[b.first][b.tensor]
        else:
            found[b.name] = 0, 0
    return found
