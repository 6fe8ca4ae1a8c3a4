"""How far every operator of a block has come when its last one has produced so many units.

The schedule both the planner and the generated C follow: to produce the exit's next unit, take the first operator, in
graph order, that is wanted and has everything it needs, run it for one unit, and look again. So when the exit has n
units, an operator before it has as many as its readers' units asked for: one pass backwards from the exit tells them
all, whatever block the exit closes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinykit.ops.base import Region
from tinykit.planner.grid import Counts, Grid, Window, grid_of, window
from tinykit.planner.uses import Uses


class Exit(NamedTuple):
    """A block's last operator `op`, and how the block runs: in units of `unit` pixels (0: whole rows) of every tensor; where
    the last operator `reduces`, of its input. The operators `again` never run by themselves: their only reader has the
    window that it needs of them computed whenever it needs it."""

    op: int
    unit: int = 0
    reduces: bool = False
    again: tuple[int, ...] = ()


class Flow:
    """Progress of the operators before an exit."""

    def __init__(self, uses: Uses, ends: Exit) -> None:
        self.uses = uses
        self.exit, self.unit, self.reduces, self.again = ends
        exit = ends.op
        self._grids: dict[int, Grid] = {}
        self._windows: dict[tuple[int, int, int], Window] = {}
        steps = self.steps(exit)
        self._produced: dict[int, Counts] = {exit: np.arange(steps.count + 1, dtype=np.int64)}
        self._before = exit

    def steps(self, op: int) -> Grid:
        """The units operator `op` is run for, one after the other; those of its input where it sums that up."""
        return self.grid(self.uses.reads[op][0].tensor if self.reduces and op == self.exit else self.uses.writes[op][0])

    def grid(self, tensor: int) -> Grid:
        """The units `tensor` is produced in."""
        if tensor not in self._grids:
            self._grids[tensor] = grid_of(self.uses.tensor(tensor), self.unit)
        return self._grids[tensor]

    def _region(self, op: int, n: int) -> Region | None:
        return Region() if self.reduces and op == self.exit else self.uses.reads[op][n].region

    def readers(self, tensor: int, first: int = 0) -> list[tuple[int, int]]:
        """(operator, number of the read) of those from `first` on that read `tensor`, or what is computed of it again and
        again, row by row and lead to the exit."""
        found = []
        for op in self.uses.consumers.get(tensor, ()):
            if op in self.again:
                found += self.readers(self.uses.writes[op][0], first)
            elif first <= op <= self.exit and self._leads(op):
                reads = enumerate(self.uses.reads[op])
                found += [(op, n) for n, read in reads if read.tensor == tensor and self._region(op, n) is not None]
        return found

    def window(self, op: int, n: int, source: int) -> Window:
        """What the units of `op` need of tensor `source` for its read `n`."""
        if (op, n, source) not in self._windows:
            region = self._region(op, n)
            assert region is not None
            self._windows[op, n, source] = window(self.steps(op), region, self._seen(op, n, source))
        return self._windows[op, n, source]

    def _seen(self, op: int, n: int, source: int) -> Grid:
        """The units of tensor `source` as `op` sees them; what the block does not produce may be seen as other rows."""
        read = self.uses.reads[op][n]
        if read.tensor != source or (self.reduces and op == self.exit):
            return self.grid(source)
        return grid_of(self.uses.view(op, read), self.unit)

    def produced(self, op: int) -> Counts:
        """Units `op` has produced when the exit has 0, 1, 2 … units; `op` must lead to the exit."""
        self._leads(op)
        return self._produced[op]

    def _leads(self, op: int) -> bool:
        """Whether the exit needs anything of `op`."""
        while self._before > op:
            self._before -= 1
            output = self.uses.writes[self._before][0]
            asked = [self.window(i, n, output).end[self._produced[i]] for i, n in self.readers(output)]
            if asked:
                self._produced[self._before] = np.maximum.reduce(asked)
        return op in self._produced
