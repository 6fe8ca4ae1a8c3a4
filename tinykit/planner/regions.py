"""Several memories: which buffers go where, when one contiguous memory does not hold the arena or a faster one does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tinykit.errors import DoesNotFit, InputError
from tinykit.planner.arena import Distances, Item, pack
from tinykit.planner.format import FLASH, Plan

if TYPE_CHECKING:
    from tinykit.boards import Board, Memory

MAIN = "sram"
"""The region that holds the stack and the static data too: the board's largest contiguous memory."""

RESERVE = 8 * 1024
"""Bytes of it kept for them."""


@dataclass(frozen=True)
class Room:
    """`size` bytes of region `region` that buffers may take; the main one first. Where there is no `dma`, no input of the
    model lies, so that a camera or converter can write it."""

    region: str
    size: int
    wait_states: int = 0
    dma: bool = True


def rooms(board: Board, sram: int | None = None, taken: Mapping[str, int] = MappingProxyType({})) -> tuple[Room, ...]:
    """Where a board's arena may lie; all together not more than `sram` bytes, which None leaves to the board, less the bytes of
    each region that are `taken`.

    A limit of one's own is taken at its word: what else lies in the main memory is one's own concern then.
    """
    if sram is not None:
        return (Room(MAIN, sram, board.ram.wait_states, board.ram.dma),)
    return tuple(
        Room(name, max(memory.size - (RESERVE if name == MAIN else 0) - taken.get(name, 0), 0), memory.wait_states, memory.dma)
        for name, memory in regions(board).items()
    )


def regions(board: Board) -> dict[str, Memory]:
    """The board's memories by the names that plans give them, the main one first."""
    main, *others = board.rams
    return {MAIN: main} | {m.region: m for m in others}


def check_regions(plan: Plan, board: Board) -> None:
    """Raise InputError where `plan` names a memory the board has not, DoesNotFit where one is too small for it."""
    there = regions(board)
    if plan.weights != FLASH and plan.weights not in there:
        raise InputError(
            f"the plan of {plan.model} copies its weights to {plan.weights!r}", hint=f"{board.id} has {', '.join(there)}"
        )
    for arena in plan.arenas:
        if arena.region not in there:
            raise InputError(
                f"the plan of {plan.model} uses a memory called {arena.region!r}", hint=f"{board.id} has {', '.join(there)}"
            )
        if arena.size > there[arena.region].size:
            raise DoesNotFit(
                f"the plan of {plan.model} wants {arena.size:,} B of memory {arena.region!r}, and {board.id} has "
                f"{there[arena.region].size:,} B of it"
            )


def fastest(size: int, among: Sequence[Room], *, dma: bool) -> Room | None:
    """The memory with the fewest wait states that holds `size` bytes, of those with `dma` if that is needed; of two equally fast
    ones the main one. None: none does."""
    fit = (room for room in among if room.size >= size and (room.dma or not dma))
    return min(fit, key=lambda room: room.wait_states, default=None)


def split(
    items: Sequence[Item], distances: Distances, among: Sequence[Room], inputs: Collection[str] = ()
) -> dict[str, tuple[str, int]] | None:
    """Region and offset of every item; None where no way is found. `inputs`: the items that must lie where there is DMA.

    All begin in the first memory. While it is too full, an item of its fullest step moves to another with room: the smallest
    that is enough, else the largest.
    """
    homes: dict[str, list[Item]] = {room.region: [] for room in among}
    main, *others = among
    homes[main.region] = list(items)
    while (total := pack(homes[main.region], distances, quick=True)[1]) > main.size:
        moved = _move(homes, main, others, total - main.size, distances, inputs)
        if not moved:
            return None
    found: dict[str, tuple[str, int]] = {}
    for region, held in homes.items():
        offsets, _ = pack(held, distances)
        found |= {item.name: (region, offsets[item.name]) for item in held}
    return found


def _move(
    homes: dict[str, list[Item]],
    main: Room,
    others: Sequence[Room],
    excess: int,
    distances: Distances,
    inputs: Collection[str],
) -> bool:
    held = homes[main.region]
    step = max({i.first for i in held}, key=lambda at: sum(i.size for i in held if i.first <= at <= i.last))
    alive = [i for i in held if i.first <= step <= i.last and i.size]
    for item in sorted(alive, key=lambda i: (i.size < excess, abs(i.size - excess))):
        for room in others:
            if (room.dma or item.name not in inputs) and pack([*homes[room.region], item], distances, quick=True)[1] <= room.size:
                held.remove(item)
                homes[room.region].append(item)
                return True
    return False
