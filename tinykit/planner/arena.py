"""Offsets: lay buffers with lifetimes into one arena so that no two that live together meet."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """`size` bytes alive from step `first` to step `last`, both included."""

    name: str
    size: int
    first: int
    last: int

    def meets(self, other: Item) -> bool:
        return self.first <= other.last and other.first <= self.last


_SHUFFLES = 400


def peak(items: Sequence[Item]) -> int:
    """The most bytes alive in any one step: no layout needs less."""
    steps = {item.first for item in items}
    return max((sum(i.size for i in items if i.first <= s <= i.last) for s in steps), default=0)


def pack(items: Sequence[Item]) -> tuple[dict[str, int], int]:
    """Offsets by name, and the bytes they take.

    Best fit in several orders, then in seeded shuffles of the best order, until the peak is reached; never worse than
    best fit by size.
    """
    bound = peak(items)
    orders: tuple[Callable[[Item], tuple[int, ...]], ...] = (
        lambda i: (-i.size, i.first),
        lambda i: (i.first - i.last, -i.size),
        lambda i: (-i.size * (i.last - i.first + 1), i.first),
        lambda i: (i.first, -i.size),
        lambda i: (-i.last, -i.size),
    )
    best_order, best, total = list(items), {}, -1
    for key in orders:
        order = sorted(items, key=key)
        offsets, size = _best_fit(order)
        if total < 0 or size < total:
            best_order, best, total = order, offsets, size
    rng = random.Random(0)
    for _ in range(_SHUFFLES):
        if total == bound or len(items) < 3:
            break
        order = best_order.copy()
        for _ in range(rng.randint(1, 3)):
            a, b = rng.randrange(len(order)), rng.randrange(len(order))
            order.insert(b, order.pop(a))
        offsets, size = _best_fit(order)
        if size <= total:
            best_order, best, total = order, offsets, size
    return best, max(total, 0)


def _best_fit(order: Sequence[Item]) -> tuple[dict[str, int], int]:
    """Place each item, in order, into the smallest gap that holds it among those placed that live with it."""
    placed: list[tuple[int, Item]] = []
    total = 0
    for item in order:
        offset, spare = 0, None
        cursor = 0
        for start, other in sorted(((o, i) for o, i in placed if i.meets(item)), key=lambda p: p[0]):
            gap = start - cursor
            if gap >= item.size and (spare is None or gap < spare):
                offset, spare = cursor, gap
            cursor = max(cursor, start + other.size)
        if spare is None:
            offset = cursor
        placed.append((offset, item))
        total = max(total, offset + item.size)
    return {item.name: offset for offset, item in placed}, total
