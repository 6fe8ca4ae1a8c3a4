"""How much of a tensor a block must keep while its last operator pulls what it needs, and where results may lie.

All paths from a tensor meet again at some operator, at the latest the block's exit. Units are asked of that meeting
point one after the other, whatever comes behind it, so a tensor's ring depends only on the operators up to there: the
depth is found once a tensor and holds in every block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinykit.ops.registry import OPERATORS
from tinykit.planner.flow import Exit, Flow
from tinykit.planner.uses import Uses


@dataclass(frozen=True)
class Ring:
    """`slots` units of a tensor are alive at once, at most; the first `mirror` slots are repeated behind the last, so
    that units read side by side lie side by side."""

    slots: int
    mirror: int = 0


class Rings:
    """Rings and overlaps of the tensors of one graph."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self._flows: dict[Exit, Flow] = {}
        self._rings: dict[tuple[int, Exit], Ring] = {}
        self._meetings: dict[tuple[int, int], int] = {}
        self._distances: dict[tuple[int, int, Exit], int] = {}

    def flow(self, exit: Exit) -> Flow:
        """How the operators before `exit` come on."""
        if exit not in self._flows:
            self._flows[exit] = Flow(self.uses, exit)
        return self._flows[exit]

    def ring(self, tensor: int, exit: Exit) -> Ring:
        """The ring of `tensor` in a block that produces it and ends with `exit`."""
        if (tensor, exit.op) not in self._meetings:
            self._meetings[tensor, exit.op] = self._meeting(tensor, exit.op)
        meeting = self._meetings[tensor, exit.op]
        while meeting in exit.again:
            meeting = self.uses.consumers[self.uses.writes[meeting][0]][0]
        again = tuple(op for op in exit.again if op < meeting)
        key = tensor, exit if meeting == exit.op else Exit(meeting, exit.unit, False, again)
        if key not in self._rings:
            self._rings[key] = _ring(self.flow(key[1]), tensor)
        return self._rings[key]

    def _meeting(self, tensor: int, exit: int) -> int:
        """The first operator every path from `tensor` passes through."""
        consumers = self.uses.consumers
        reached = {tensor}
        last_use = max(consumers[tensor])
        for i in range(min(consumers[tensor]), exit):
            if any(read.tensor in reached for read in self.uses.reads[i]):
                if i == last_use:
                    return i
                output = self.uses.writes[i][0]
                reached.add(output)
                last_use = max(last_use, *consumers.get(output, [exit]))
        return exit

    def distance(self, tensor: int, first: int, exit: Exit) -> int:
        """Bytes by which the output of a block of operators `first` to `exit` must lie below `tensor`, which nobody reads
        after the block, so that every write stays behind all reads to come; with one byte less, one does not."""
        if exit.reduces:  # the output is written when all is read
            return 0
        key = tensor, min(op for op in self.uses.consumers[tensor] if op >= first), exit
        if key not in self._distances:
            self._distances[key] = _distance(self.flow(exit), tensor, first)
        return self._distances[key]


def _ring(flow: Flow, tensor: int) -> Ring:
    """While an operator works on its unit q, the others have at least what the exit's units before this one asked for."""
    grid = flow.grid(tensor)
    readers = flow.readers(tensor)
    depth = span = 1
    for op, n in readers:
        asked = flow.produced(op)
        unit = np.arange(asked[-1])
        pull = np.searchsorted(asked, unit, side="right") - 1
        oldest = np.full(len(unit), grid.count)
        for other, m in readers:
            at = unit if other == op else flow.produced(other)[pull]
            oldest = np.minimum(oldest, flow.window(other, m, tensor).oldest[at])
        window = flow.window(op, n, tensor)
        depth = max(depth, int((window.end[unit + 1] - oldest).max(initial=1)))
        span = max(span, window.span)
    return _with_mirror(depth, span, grid.per_row, grid.count)


def _with_mirror(depth: int, span: int, per_row: int, count: int) -> Ring:
    """A ring of whole rows never breaks one; any other needs the mirror where units are read side by side."""
    mirror = 0 if per_row == 1 else span - 1
    whole_rows = -(-depth // per_row) * per_row
    if mirror and whole_rows <= depth + mirror:
        depth, mirror = whole_rows, 0
    return Ring(count) if depth + mirror >= count else Ring(depth, mirror)


def _distance(flow: Flow, tensor: int, first: int) -> int:
    uses, exit = flow.uses, flow.exit
    steps = flow.steps(exit)
    y, x0, x1 = steps.starts()
    begins = y * steps.row_bytes + x0 * steps.pixel_bytes
    ends = y * steps.row_bytes + x1 * steps.pixel_bytes
    in_place = OPERATORS[uses.graph.ops[exit].kind].in_place(uses.nodes[exit])
    needed = 0
    for op, n in flow.readers(tensor, first):
        first_byte, produced = flow.window(op, n, tensor).first_byte, flow.produced(op)
        if op == exit:
            written = begins if uses.reads[op][n].index in in_place else ends
            ahead = first_byte[:-1]
        else:
            written = ends
            ahead = np.where(produced[1:] < produced[-1], first_byte[produced[1:]], first_byte[-1])
        reads = ahead < first_byte[-1]
        needed = max(needed, int((written - ahead)[reads].max(initial=0)))
    return needed
