"""The search: cut the operator sequence into blocks so that no other cutting is better in both bytes and cost.

Dynamic programming over cut positions. The bytes a block needs do not depend on how the rest is cut, since whatever
crosses a cut lies there whole; so the frontier of (peak bytes, cost) at a position follows from those before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from tinykit.planner.blocks import Candidate, Candidates

Key = tuple[int, int, str, int]


def key(block: Candidate) -> Key:
    """Blocks alike but for their kernels."""
    return block.first, block.end, block.mode, block.unit


@dataclass(frozen=True)
class Partition:
    """Blocks from the first operator up to a cut, with the most bytes any of them needs and their summed cost."""

    peak: int
    cost: float
    last: Candidate | None = None
    before: Partition | None = None

    @property
    def blocks(self) -> tuple[Candidate, ...]:
        found: list[Candidate] = []
        node: Partition | None = self
        while node is not None and node.last is not None:
            found.append(node.last)
            node = node.before
        return tuple(reversed(found))


def frontier(
    candidates: Candidates, observed: Mapping[Key, int] | None = None, doubt: float = 0.0, again: Set[Key] | None = None
) -> tuple[Partition, ...]:
    """All partitions of the whole graph that are not beaten in both peak bytes and cost, cheapest first.

    `observed`: what blocks took in layouts so far, where that was more than the least they need. `doubt`, from 0 to 1: the
    share of the bytes saved by outputs that lie over inputs which is counted as not saved. `again`: the blocks that may
    repeat work, None for all.
    """
    seen = observed or {}
    end = len(candidates.uses.writes)
    uses = candidates.uses
    floor = sum(uses.size(t) for t in {*uses.inputs, *uses.variables, *uses.outputs} if end == 0)
    at: list[list[Partition]] = [[] for _ in range(end + 1)]
    at[0] = [Partition(floor, 0.0)]
    for position in range(end):
        at[position] = _undominated(at[position])
        for block in candidates.from_op(position):
            if again is not None and block.extra > 0 and key(block) not in again:
                continue
            needs = max(block.bytes + round(doubt * block.saved), seen.get(key(block), 0))
            at[block.end].extend(
                Partition(max(before.peak, needs), before.cost + block.cost, block, before) for before in at[position]
            )
    return tuple(_undominated(at[end]))


def _undominated(partitions: list[Partition]) -> list[Partition]:
    """By rising cost; each needs fewer bytes than every cheaper one."""
    kept: list[Partition] = []
    for partition in sorted(partitions, key=lambda p: (p.cost, p.peak)):
        if not kept or partition.peak < kept[-1].peak:
            kept.append(partition)
    return kept
