"""What bounds a plan that does not fit, and the smallest change with which the model would."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tinykit.errors import InputError
from tinykit.graph.ir import Graph
from tinykit.planner.format import Plan
from tinykit.planner.peak import holds, operators, peak
from tinykit.planner.regions import rooms

if TYPE_CHECKING:
    from tinykit.boards import Board
    from tinykit.planner.planner import PlanOptions

Smallest = Callable[["Board", "PlanOptions"], Plan]
"""Finds the smallest plan on a board, whether it fits or not."""

_SQUARE = 8
"""Images are proposed in multiples of this."""


def advice(plan: Plan, graph: Graph, board: Board, options: PlanOptions, budget: int, smallest: Smallest) -> str:
    """What bounds `plan`, the smallest there is, and what would bring it below `budget` bytes."""
    changes = [*_changes(plan, graph, board, options, budget, smallest)]
    return f"{_bound(plan, graph)}; " + ("; or ".join(changes) if changes else "no other option helps: the model must be smaller")


def _bound(plan: Plan, graph: Graph) -> str:
    fullest = peak(plan)
    step = plan.blocks[fullest.step] if plan.blocks else None
    how = "" if step is None or len(step.ops) == 1 else ", run as one block,"
    most = fullest.buffers[0] if fullest.buffers else None
    what = "" if most is None else f": {most.size:,} of its {fullest.bytes:,} B hold {holds(graph, most)}"
    return f"what bounds it is {operators(graph, plan, fullest.step)}{how}{what}".replace(",:", ":")


def _changes(
    plan: Plan, graph: Graph, board: Board, options: PlanOptions, budget: int, smallest: Smallest
) -> Iterator[str]:
    """Smallest change first; only what was tried and fits, and the size of an input that might."""
    for words, other in _options(options):
        try:
            found = smallest(board, other)
        except InputError:
            continue
        if found.arena_bytes <= budget:
            yield f"{words} it needs {found.arena_bytes:,} B and fits"
            break
    if options.sram is None:
        yield from _boards(plan, graph, board, options, smallest)
    elif plan.arena_bytes <= board.sram:
        yield f"--sram {plan.arena_bytes} would do"
    yield from _inputs(plan, graph, budget)


def _options(options: PlanOptions) -> Iterator[tuple[str, PlanOptions]]:
    """What the options leave out."""
    if options.scheme != "auto":
        yield "with --scheme auto", replace(options, scheme="auto")
    if options.max_overhead is not None:
        yield "without a limit on repeated work", replace(options, max_overhead=None)
    if not options.stream_input:
        yield "with --stream-input", replace(options, stream_input=True)
        if options.scheme != "auto" or options.max_overhead is not None:
            yield (
                "with --stream-input, any scheme and any repeated work",
                replace(options, stream_input=True, scheme="auto", max_overhead=None),
            )


def _boards(plan: Plan, graph: Graph, board: Board, options: PlanOptions, smallest: Smallest) -> Iterator[str]:
    """The board with the least SRAM that has enough, and flash for the weights."""
    from tinykit.boards import boards

    weights = sum(t.bytes for t in graph.tensors.values() if t.data is not None)
    for other in sorted(boards(), key=lambda b: (b.sram, b.core.name != board.core.name, b.id)):
        room = max(room.size for room in rooms(other))
        if other.sram <= board.sram or other.flash < weights or room < plan.arena_bytes // 2:
            continue
        same = other.core == board.core
        if (plan if same else smallest(other, options)).arena_bytes <= room:
            yield f"with --board {other.id} it fits"
            return


def _inputs(plan: Plan, graph: Graph, budget: int) -> Iterator[str]:
    """How large an input might fit. A row block's bytes go with the width of its maps, a layer's with their area."""
    if not plan.blocks or len(graph.inputs) != 1:
        return
    dims = graph.tensors[graph.inputs[0].tensor].shape
    fullest = plan.blocks[peak(plan).step]
    reached = {t for op in fullest.ops for t in (*graph.ops[op].inputs, *graph.ops[op].outputs) if t is not None}
    if len(dims) != 4 or not any(graph.tensors[t].rows > 1 for t in reached if not graph.is_constant(t)):
        return
    share = budget / plan.arena_bytes
    side = share if fullest.mode != "layer" or min(dims[1:3]) == 1 else math.sqrt(share)
    height, width = (_down(n * side) if n > 1 else 1 for n in dims[1:3])
    if height and width:
        yield f"with an input of roughly {height}x{width} instead of {dims[1]}x{dims[2]} it might fit"


def _down(side: float) -> int:
    return int(side) // _SQUARE * _SQUARE if side >= _SQUARE else int(side)
