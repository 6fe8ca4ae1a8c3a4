"""What a streamed input asks of its source: how long the model computes between two rows, and how many must wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tinykit.planner.cost import ROW, kernel_cost, schedule_cost
from tinykit.planner.format import Plan
from tinykit.planner.schedule import schedule_terms
from tinykit.planner.simulate import ARRIVES, grids_of, schedule
from tinykit.planner.uses import Uses


def after_rows(plan: Plan, uses: Uses) -> tuple[int, ...]:
    """Predicted instructions that each row of a streamed input sets off, in order; of a map of one row, each pixel.

    The row that completes the input sets off the blocks behind the first, too. Empty where the input is not streamed.
    """
    block = plan.blocks[0] if plan.blocks else None
    if block is None or not block.streamed:
        return ()
    grids = grids_of(uses, block)
    source = grids[uses.inputs[0]]
    calls = Counter(op for op, _ in schedule(uses, block, grids))
    costs = {op: _unit_cost(plan, uses, op, calls[op]) for op in block.ops}
    each = [calls[op] for op in block.ops]
    terms = schedule_terms(uses, block.ops, each, block.storage, unit=block.unit, reduces=block.reduces, streamed=uses.inputs[0])
    looking = schedule_cost(uses.core, terms) / max(sum(each), 1)
    found: list[float] = []
    for op, unit in schedule(uses, block, grids):
        if op == ARRIVES:
            row = unit // source.per_row if source.rows > 1 else unit
            found += [0.0] * (row + 1 - len(found))
        elif found:
            found[-1] += costs[op] + looking
    rows = source.rows if source.rows > 1 else source.count
    found += [0.0] * (rows - len(found))
    found[-1] += sum(behind.instructions for behind in plan.blocks[1:])
    return tuple(round(cost) for cost in found)


def _unit_cost(plan: Plan, uses: Uses, op: int, units: int) -> float:
    block = plan.blocks[0]
    choices = uses.choices(op, reduces=block.reduces and op == block.ops[-1])
    return kernel_cost(choices[plan.kernels[op]], uses.nodes[op], uses.core, units, block.unit or ROW) / max(units, 1)


def waiting(instructions: Sequence[int], period: float) -> int:
    """Rows that must be buffered, at most, when one comes every `period` instructions and each sets off so many."""
    done = 0.0
    finished: list[float] = []
    most = 0
    for n, cost in enumerate(instructions):
        arrival = n * period
        most = max(most, sum(1 for end in finished if end > arrival))
        done = max(done, arrival) + cost
        finished.append(done)
    return most
