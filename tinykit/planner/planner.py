"""`plan`: the fastest plan that fits a board, or the smallest there is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tinykit.errors import DoesNotFit, InputError
from tinykit.graph.ir import Graph
from tinykit.planner.advice import Smallest, advice
from tinykit.planner.blocks import STRIPS, UNITS, Candidates
from tinykit.planner.build import build_plan, moved, split_plan
from tinykit.planner.format import Plan
from tinykit.planner.regions import Room, rooms
from tinykit.planner.search import Key, Partition, frontier, key
from tinykit.planner.strips import macs
from tinykit.planner.uses import Uses
from tinykit.planner.weights import packed_bytes

if TYPE_CHECKING:
    from tinykit.boards import Board

Objective = Literal["fastest", "min-ram"]
Scheme = Literal["auto", "layer", "patch", "stream"]
Weights = Literal["flash", "ram"]

_ROUNDS = 12
"""So often the search is repeated with what it learnt from layouts."""
_DOUBTS = (0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class PlanOptions:
    """What to look for. `sram`: bytes the arena may take; by default what the board has, less the planner's `RESERVE`."""

    objective: Objective = "fastest"
    scheme: Scheme = "auto"
    sram: int | None = None
    stream_input: bool = False
    """The input arrives in pieces and is never stored whole."""
    max_overhead: float | None = None
    """Work that may be repeated, as a share of the model's multiply-accumulates: 0.03 for 3 %. None: for the fastest plan
    any, since it costs time; for the smallest none, unless nothing else fits."""

    seconds: float | None = None
    """Time after which the search ends with the best found so far, not proven; None: it ends by itself."""

    weights: Weights = "flash"
    """`ram`: copied at the start to the fastest memory that has room for them."""

    @property
    def repeated(self) -> float:
        """The share that the search may use at first."""
        if self.max_overhead is not None:
            return self.max_overhead
        return math.inf if self.objective == "fastest" else 0.0


def plan(graph: Graph, board: Board, options: PlanOptions | None = None) -> Plan:
    """The best plan of `graph` on `board`.

    Objective `fastest`: fewest predicted instructions within the SRAM, and the smaller arena of two equally fast.
    Objective `min-ram`: the smallest arena, and the faster of two equally small.

    Raises DoesNotFit when even the smallest plan needs more than there is, InputError for an impossible option.
    """
    options = options or PlanOptions()
    if options.weights == "ram":
        return _with_weights(graph, board, options)
    return _within(graph, board, options, _rooms(board, options))


def _with_weights(graph: Graph, board: Board, options: PlanOptions) -> Plan:
    """The plan whose weights lie in the fastest memory in which they leave room for the arena."""
    uses = Uses(graph, board.core)
    size = packed_bytes(uses)
    refused: DoesNotFit | None = None
    for room in sorted(rooms(board), key=lambda room: room.wait_states):
        if size > room.size:
            continue
        try:
            found = _within(graph, board, options, rooms(board, options.sram, {room.region: size}))
        except DoesNotFit as error:
            refused = error
            continue
        took = sum(arena.size for arena in found.arenas if arena.region == room.region) + packed_bytes(uses, found.kernels)
        if took <= room.size:
            return replace(found, weights=room.region)
    if refused is not None:
        raise refused
    largest = max(room.size for room in rooms(board))
    raise DoesNotFit(
        f"the weights of {graph.source or graph.name} take {size:,} B, more than the {largest:,} B of RAM there are for them",
        hint="leave them in flash: --weights flash",
    )


def _within(graph: Graph, board: Board, options: PlanOptions, among: Sequence[Room]) -> Plan:
    """The best plan in the memories `among`."""
    budget = max(room.size for room in among)
    chosen = _best(graph, board, options, budget)
    if chosen.arena_bytes > budget and options.max_overhead is None and options.objective == "min-ram":
        chosen = _best(graph, board, replace(options, max_overhead=math.inf), budget)
    if len(among) > 1:
        if (better := _spread(graph, board, options, among, chosen)) is not None:
            return better
        # Faster plans that no single memory holds may fit in ways that were not found.
        chosen = replace(chosen, optimal=chosen.optimal and chosen.arena_bytes <= min(room.size for room in among))
    if chosen.arena_bytes > budget:
        there = sum(room.size for room in among)
        raise DoesNotFit(
            f"{graph.source or graph.name} needs an arena of {chosen.arena_bytes:,} B in its smallest plan, "
            f"{chosen.arena_bytes - budget:,} B more than the {budget:,} B of SRAM there are for it"
            + (f" in one piece ({there:,} B in all)" if len(among) > 1 else ""),
            hint=advice(chosen, graph, board, options, budget, _smallest(graph)),
        )
    return moved(chosen, among)


def _spread(graph: Graph, board: Board, options: PlanOptions, among: Sequence[Room], single: Plan) -> Plan | None:
    """A plan in several memories that is better than `single`, the best in one: it fits where that does not, or is faster where
    the fastest is looked for. None where there is none."""
    fits = single.arena_bytes <= max(room.size for room in among)
    if fits and options.objective == "min-ram":
        return None
    layouts = _Layouts(graph, board, options)
    for point in layouts.points if options.objective == "fastest" else reversed(layouts.points):
        if fits and point.cost + len(single.blocks) >= single.instructions:  # each block's are rounded
            break
        found = layouts.split(point, among) if point.peak <= sum(room.size for room in among) else None
        if found is not None and found.work_factor <= 1 + options.repeated:
            return replace(found, lower_bound=layouts.bound)
    return None


def _smallest(graph: Graph) -> Smallest:
    """What advice tries: the smallest plan under other options, any work repeated unless they limit it."""

    def find(board: Board, options: PlanOptions) -> Plan:
        overhead = math.inf if options.max_overhead is None else options.max_overhead
        return _best(graph, board, replace(options, objective="min-ram", max_overhead=overhead), 0)

    return find


def _best(graph: Graph, board: Board, options: PlanOptions, budget: int) -> Plan:
    """The best plan within the work that may be repeated."""
    if options.objective == "fastest" and options.repeated > 0:
        # Repeated work costs time: where the fastest of all fits, nothing that repeats any is looked at.
        layouts = _Layouts(graph, board, replace(options, max_overhead=0.0))
        chosen, _ = layouts.best(budget)
        if chosen.arena_bytes <= budget and chosen.instructions <= round(layouts.points[0].cost) + len(chosen.blocks):
            return replace(chosen, lower_bound=layouts.bound, optimal=not layouts.cut_short)
    layouts = _Layouts(graph, board, options)
    chosen, optimal = layouts.best(budget)
    if chosen.work_factor <= 1 + options.repeated:
        return replace(chosen, lower_bound=layouts.bound, optimal=optimal)
    # Each block keeps to the limit, all together do not: one of them may repeat work, or none.
    tries = [layouts.best(budget, {at})[0] for at in layouts.repeating(chosen)] + [layouts.best(budget, frozenset())[0]]
    within = [laid for laid in tries if laid.work_factor <= 1 + options.repeated]
    return replace(min(within, key=layouts.rank(budget)), lower_bound=layouts.bound, optimal=False)


def pareto(graph: Graph, board: Board, options: PlanOptions | None = None) -> tuple[Plan, ...]:
    """The plans of `graph` that are not beaten in both arena and predicted instructions, fastest first.

    `options.objective` and `options.sram` are not looked at. Raises InputError for an impossible option.
    """
    options = options or PlanOptions()
    layouts = _Layouts(graph, board, options)
    most = 1 + options.max_overhead if options.max_overhead is not None else math.inf
    kept: list[Plan] = []
    for laid in sorted(layouts.all(), key=lambda p: (p.instructions, p.arena_bytes)):
        if laid.work_factor <= most and (not kept or laid.arena_bytes < kept[-1].arena_bytes):
            kept.append(replace(laid, lower_bound=layouts.bound, optimal=laid.arena_bytes == layouts.bound))
    return tuple(kept)


def _rooms(board: Board, options: PlanOptions) -> tuple[Room, ...]:
    """Where the arena may lie."""
    if options.sram is not None and options.sram <= 0:
        raise InputError(f"an SRAM budget of {options.sram} bytes holds nothing", hint="give a size such as 64k")
    return rooms(board, options.sram)


class _Layouts:
    """Partitions laid out, in the order in which they look promising.

    A block's own bytes may not be had together with its neighbours': a chain of outputs, each below the input it lies
    over, comes to the arena's bottom. So what blocks take in a layout is learnt, and the search repeated; the smallest plan
    is also looked for among those that count on such savings less.
    """

    def __init__(self, graph: Graph, board: Board, options: PlanOptions) -> None:
        self._board = board
        self._options = options
        self._until = math.inf if options.seconds is None else time.monotonic() + options.seconds
        self._uses = Uses(graph, board.core)
        self._space = _space(self._uses, options, self._until)
        self._again: Set[Key] | None = None
        self.points = frontier(self._space)
        self.bound = self._least_bytes() if self._space.cut_short else self.points[-1].peak
        """Bytes that no plan of the space goes below."""

    def _least_bytes(self) -> int:
        """Bytes that any plan needs, whatever its blocks."""
        ends = (() if self._options.stream_input else self._uses.inputs, self._uses.outputs)
        return max(sum(self._uses.size(tensor) for tensor in tensors) for tensors in ends)

    @property
    def cut_short(self) -> bool:
        """Whether time ran out before all blocks were looked at."""
        return self._space.cut_short

    @property
    def _late(self) -> bool:
        return time.monotonic() > self._until

    def best(self, budget: int, again: Set[Key] | None = None) -> tuple[Plan, bool]:
        """The best plan by the objective, and whether that is proven; only the blocks `again` (None: all) may repeat work."""
        self._again = again
        self.points = frontier(self._space, again=again)
        return self.fastest(budget) if self._options.objective == "fastest" else self.smallest()

    def rank(self, budget: int) -> Callable[[Plan], tuple[int, ...]]:
        """What makes a plan better by the objective: lower."""
        if self._options.objective == "min-ram":
            return _size
        return lambda laid: (max(laid.arena_bytes - budget, 0), laid.instructions, laid.arena_bytes)

    def repeating(self, laid: Plan) -> list[Key]:
        """The blocks of a plan that repeat work."""
        once = [sum(macs(self._uses, op) for op in block.ops) for block in laid.blocks]
        return [
            (block.ops[0], block.ops[-1] + 1, block.mode, block.unit)
            for block, work in zip(laid.blocks, once, strict=True)
            if block.macs > work
        ]

    def _names(self) -> dict[str, str]:
        return {"board": self._board.id, "objective": self._options.objective, "scheme": self._options.scheme}

    def _lay(self, point: Partition) -> Plan:
        return build_plan(self._uses, point.blocks, **self._names())

    def split(self, point: Partition, among: Sequence[Room]) -> Plan | None:
        """The partition laid out in several memories, if a way is found."""
        return split_plan(self._uses, point.blocks, among, **self._names())

    def fastest(self, budget: int) -> tuple[Plan, bool]:
        """The cheapest that fits, of two equally fast ones the smaller, else the smallest there is; and whether that is
        proven, because whatever is cheaper needs too many bytes in any layout."""
        points, observed = self.points, dict[Key, int]()
        for rounds in range(_ROUNDS):
            point = next((p for p in points if p.peak <= budget), None)
            if point is None or (rounds and self._late):
                break
            laid = self._lay(point)
            if laid.arena_bytes <= budget:
                return laid, rounds == 0 and not self._space.cut_short
            _learn(point, laid, budget, observed)
            points = frontier(self._space, observed, again=self._again)
        return self.smallest()

    def smallest(self) -> tuple[Plan, bool]:
        """The smallest arena, proven when no partition's peak is below it."""
        points, observed = self.points, dict[Key, int]()
        best = self._lay(points[-1])
        point, laid = points[-1], best
        for _ in range(_ROUNDS):
            if best.arena_bytes == self.bound or self._late:
                break
            _learn(point, laid, point.peak, observed)
            point = frontier(self._space, observed, again=self._again)[-1]
            if point.peak >= best.arena_bytes:
                break
            laid = self._lay(point)
            best = min(best, laid, key=_size)
        if best.arena_bytes > self.bound and not self._late:
            doubted = [frontier(self._space, doubt=doubt, again=self._again) for doubt in _DOUBTS]
            best = min(best, *(self._lay(point) for points in doubted for point in points[-2:]), key=_size)
        return best, best.arena_bytes == self.bound

    def all(self) -> list[Plan]:
        """Every partition of the frontier, and the smallest plan."""
        return [*(self._lay(point) for point in self.points), self.smallest()[0]]


def _size(laid: Plan) -> tuple[int, int]:
    return laid.arena_bytes, laid.instructions


def _learn(point: Partition, laid: Plan, enough: int, observed: dict[Key, int]) -> None:
    """Note what the blocks took that reach above `enough` bytes."""
    for n, block in enumerate(point.blocks):
        top = max((b.offset + b.size for b in laid.buffers if b.first <= n <= b.last), default=0)
        if top > enough:
            observed[key(block)] = max(top, observed.get(key(block), 0))


def _space(uses: Uses, options: PlanOptions, until: float) -> Candidates:
    """The blocks to choose from."""
    if options.seconds is not None and options.seconds <= 0:
        raise InputError(f"a time limit of {options.seconds:g} s leaves no time at all", hint="--time-limit 10")
    if options.stream_input and (len(uses.inputs) != 1 or uses.inputs[0] in uses.outputs):
        raise InputError(f"{uses.graph.source or uses.graph.name} has no single input that could be streamed")
    if options.max_overhead is not None and options.max_overhead < 0:
        raise InputError(f"a work overhead of {options.max_overhead:.0%} is less than none", hint="give one such as 5%")
    total = sum(macs(uses, op) for op in range(len(uses.nodes)))
    space = Candidates(
        uses,
        rows=options.scheme != "layer",
        units=UNITS if options.scheme in ("auto", "stream") else (),
        strips=STRIPS if options.scheme in ("auto", "patch") else (),
        stream_input=options.stream_input,
        most_extra=None if math.isinf(options.repeated) else options.repeated * total,
        until=until,
    )
    if options.stream_input and not any(space.from_op(0)):
        raise InputError(
            f"{uses.graph.source or uses.graph.name}: its input cannot be streamed, because not all operators that read it "
            "work piece by piece",
            hint="leave out --stream-input",
        )
    return space
