"""Offsets: lay buffers with lifetimes into one arena so that no two that live together meet, unless they may."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations


@dataclass(frozen=True)
class Item:
    """`size` bytes alive from step `first` to step `last`, both included."""

    name: str
    size: int
    first: int
    last: int

    def meets(self, other: Item) -> bool:
        return self.first <= other.last and other.first <= self.last


Distances = Mapping[tuple[str, str], int]
"""(write, read) → bytes that item `write` must start below item `read` where it lies over it."""

_SHUFFLES = 300
_NODES = 20_000


def pack(items: Sequence[Item], distances: Distances | None = None, *, quick: bool = False) -> tuple[dict[str, int], int]:
    """Offsets by name, and the bytes they take.

    Best fit in several orders, from the arena's bottom and from its top (`quick`: only these), then in seeded shuffles of the
    best order, then all orders as far as a fixed effort goes, until no layout can be smaller; never worse than best fit by size.
    """
    problem = _Problem(tuple(items), distances or {})
    bound = problem.bound
    best = _by_order(problem, bound)
    if best.total > bound and not quick:
        best = _shuffled(problem, best, bound)
    if best.total > bound and not quick:
        best = _search(problem, best, bound)
    return {item.name: offset for item, offset in zip(items, best.offsets, strict=True)}, best.total


@dataclass(frozen=True)
class _Layout:
    offsets: list[int]
    total: int
    order: Sequence[int] = ()
    top_down: bool = False


@dataclass(frozen=True, eq=False)
class _Problem:
    """`gaps[i][j]`, for items alive together: how much higher than item i item j starts, at least, where it is the higher."""

    items: tuple[Item, ...]
    distances: Distances

    @cached_property
    def gaps(self) -> list[dict[int, int]]:
        found: list[dict[int, int]] = [{} for _ in self.items]
        for (i, a), (j, b) in combinations(enumerate(self.items), 2):
            if a.meets(b) and a.size and b.size:
                found[i][j] = min(a.size, self.distances.get((a.name, b.name), a.size))
                found[j][i] = min(b.size, self.distances.get((b.name, a.name), b.size))
        return found

    @cached_property
    def mirrored(self) -> list[dict[int, int]]:
        """The gaps as seen from the arena's top."""
        found: list[dict[int, int]] = [{} for _ in self.items]
        for i, above in enumerate(self.gaps):
            for j, gap in above.items():
                found[j][i] = self.items[j].size - self.items[i].size + gap
        return found

    @cached_property
    def bound(self) -> int:
        """No layout needs less than the bytes in use in any one step, what may lie over another not counted twice."""
        return max((self._used(step) for step in {item.first for item in self.items}), default=0)

    def _used(self, step: int) -> int:
        alive = [i for i in self.items if i.first <= step <= i.last]
        saved = 0
        for item in alive:
            over = [d for read in alive if (d := self.distances.get((item.name, read.name))) is not None]
            saved += max(item.size - min(over), 0) if over else 0
        return max(sum(i.size for i in alive) - saved, max((i.size for i in alive), default=0))


def _by_order(problem: _Problem, bound: int) -> _Layout:
    items = problem.items
    orders: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda n: (-items[n].size, items[n].first),
        lambda n: (items[n].first - items[n].last, -items[n].size),
        lambda n: (-items[n].size * (items[n].last - items[n].first + 1), items[n].first),
        lambda n: (items[n].first, -items[n].size),
        lambda n: (-items[n].last, -items[n].size),
    )
    best: _Layout | None = None
    for key in orders:
        order = sorted(range(len(items)), key=key)
        for top_down in (False, True):
            found = _best_fit(problem, order, top_down)
            if best is None or found.total < best.total:
                best = found
            if best.total == bound:
                return best
    assert best is not None
    return best


def _shuffled(problem: _Problem, best: _Layout, bound: int) -> _Layout:
    rng = random.Random(0)
    for _ in range(_SHUFFLES):
        if best.total == bound or len(best.order) < 3:
            break
        order = list(best.order)
        for _ in range(rng.randint(1, 3)):
            order.insert(rng.randrange(len(order)), order.pop(rng.randrange(len(order))))
        found = _best_fit(problem, order, best.top_down if rng.random() < 0.8 else not best.top_down)
        if found.total <= best.total:
            best = found
    return best


def _best_fit(problem: _Problem, order: Sequence[int], top_down: bool = False) -> _Layout:
    """Place each item, in order, into the smallest gap that holds it among those placed that live with it."""
    items, gaps = problem.items, problem.mirrored if top_down else problem.gaps
    offsets: dict[int, int] = {}
    for n in order:
        above = gaps[n]
        taken = sorted((offsets[m] - gap, offsets[m] + gaps[m][n]) for m, gap in above.items() if m in offsets)
        offset, spare = 0, None
        cursor = 0
        for last, free in taken:
            if last >= cursor and (spare is None or last - cursor < spare):
                offset, spare = cursor, last - cursor
            cursor = max(cursor, free)
        offsets[n] = cursor if spare is None else offset
    total = max((offsets[n] + item.size for n, item in enumerate(items)), default=0)
    placed = [offsets[n] for n in range(len(items))]
    if top_down:
        placed = [total - offset - item.size for offset, item in zip(placed, items, strict=True)]
    return _Layout(placed, total, order, top_down)


def _search(problem: _Problem, best: _Layout, bound: int) -> _Layout:
    """All layouts in which every item lies as low as those below it allow, by rising offset; depth first."""
    items, gaps = problem.items, problem.gaps
    count = len(items)
    lowest = [0] * count
    placed: list[int | None] = [None] * count
    nodes = 0
    raised: list[list[tuple[int, int]]] = []
    stack: list[tuple[int, list[int]]] = [(0, sorted(range(count), key=lambda n: -items[n].size))]
    chosen: list[int] = []
    while stack and nodes < _NODES and best.total > bound:
        floor, choices = stack[-1]
        if not choices:
            stack.pop()
            if chosen:
                placed[chosen.pop()] = None
                for n, offset in reversed(raised.pop()):
                    lowest[n] = offset
            continue
        n = choices.pop(0)
        nodes += 1
        offset = lowest[n]
        if offset < floor:
            continue  # the same layout is met in another order
        placed[n] = offset
        undo = []
        fits = offset + items[n].size < best.total
        for m, gap in gaps[n].items():
            if placed[m] is None and offset + gap > lowest[m]:
                undo.append((m, lowest[m]))
                lowest[m] = offset + gap
                fits = fits and lowest[m] + items[m].size < best.total
        chosen.append(n)
        raised.append(undo)
        rest = [m for m in range(count) if placed[m] is None]
        if fits and not rest:
            offsets = [p for p in placed if p is not None]
            best = _Layout(offsets, max(o + i.size for o, i in zip(offsets, items, strict=True)))
        stack.append((offset, sorted(rest, key=lambda m: (lowest[m], -items[m].size)) if fits else []))
    return best
