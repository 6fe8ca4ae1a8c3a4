"""`plan`: the fastest plan that fits a board, or the smallest there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tinykit.errors import DoesNotFit, InputError
from tinykit.graph.ir import Graph
from tinykit.planner.blocks import Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.format import Plan
from tinykit.planner.search import Partition, frontier
from tinykit.planner.uses import Uses

if TYPE_CHECKING:
    from tinykit.boards import Board

Objective = Literal["fastest", "min-ram"]
Scheme = Literal["auto", "layer"]

RESERVE = 8 * 1024
"""Bytes of a board's SRAM kept for the stack and for static data beside the arena."""


@dataclass(frozen=True)
class PlanOptions:
    """What to look for. `sram`: bytes the arena may take; by default what the board has, less `RESERVE`."""

    objective: Objective = "fastest"
    scheme: Scheme = "auto"
    sram: int | None = None
    stream_input: bool = False
    """The input arrives in pieces and is never stored whole."""


def plan(graph: Graph, board: Board, options: PlanOptions | None = None) -> Plan:
    """The best plan of `graph` on `board`.

    Objective `fastest`: fewest predicted instructions within the SRAM, and the smaller arena of two equally fast.
    Objective `min-ram`: the smallest arena, and the faster of two equally small.

    Raises DoesNotFit when even the smallest plan needs more than there is, InputError for an impossible option.
    """
    options = options or PlanOptions()
    if options.sram is not None and options.sram <= 0:
        raise InputError(f"an SRAM budget of {options.sram} bytes holds nothing", hint="give a size such as 64k")
    budget = options.sram if options.sram is not None else max(board.sram - RESERVE, 0)
    uses = Uses(graph, board.core)
    points = frontier(_space(uses, options))

    def lay(point: Partition) -> Plan:
        return build_plan(uses, point.blocks, board=board.id, objective=options.objective, scheme=options.scheme)

    chosen, optimal = _fastest(points, lay, budget) if options.objective == "fastest" else _smallest(points, lay)
    if chosen.arena_bytes > budget:
        raise DoesNotFit(
            f"{graph.source or graph.name} needs an arena of {chosen.arena_bytes:,} B in its smallest plan, "
            f"{chosen.arena_bytes - budget:,} B more than the {budget:,} B of SRAM there are for it",
            hint=_advice(chosen, graph),
        )
    return replace(chosen, lower_bound=points[-1].peak, optimal=optimal)


def _space(uses: Uses, options: PlanOptions) -> Candidates:
    """The blocks to choose from."""
    if options.stream_input and (len(uses.inputs) != 1 or uses.inputs[0] in uses.outputs):
        raise InputError(f"{uses.graph.source or uses.graph.name} has no single input that could be streamed")
    space = Candidates(uses, rows=options.scheme == "auto", stream_input=options.stream_input)
    if options.stream_input and not any(space.from_op(0)):
        raise InputError(
            f"{uses.graph.source or uses.graph.name}: its input cannot be streamed, because not all operators that read it "
            "work piece by piece",
            hint="leave out --stream-input",
        )
    return space


def _fastest(points: Sequence[Partition], lay: Callable[[Partition], Plan], budget: int) -> tuple[Plan, bool]:
    """The cheapest that fits, else the smallest; proven when whatever is cheaper needs too many bytes in any layout."""
    missed = False
    for point in points:
        if point.peak <= budget:
            laid = lay(point)
            if laid.arena_bytes <= budget:
                return laid, not missed
            missed = True
    return _smallest(points, lay)


def _smallest(points: Sequence[Partition], lay: Callable[[Partition], Plan]) -> tuple[Plan, bool]:
    """The smallest arena, proven when its layout wastes nothing or no other partition's peak is below it."""
    best = lay(points[-1])
    for point in reversed(points[:-1]):
        if point.peak >= best.arena_bytes:
            break
        laid = lay(point)
        if laid.arena_bytes < best.arena_bytes:
            best = laid
    return best, best.arena_bytes == points[-1].peak


def _advice(plan: Plan, graph: Graph) -> str:
    """What bounds the smallest plan, and what would help."""
    used = [sum(b.size for b in plan.buffers if b.first <= n <= b.last) for n in range(max(len(plan.blocks), 1))]
    worst = used.index(max(used))
    ops = [graph.ops[i] for i in plan.blocks[worst].ops] if plan.blocks else []
    names = f"{ops[0].label or ops[0].kind} to {ops[-1].label or ops[-1].kind}" if ops else "its inputs"
    return f"the largest block is {names}; a smaller input or a board with more SRAM would help"
