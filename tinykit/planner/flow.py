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
    the last operator `reduces`, of its input."""

    op: int
    unit: int = 0
    reduces: bool = False


class Flow:
    """Progress of the operators before an exit."""

    def __init__(self, uses: Uses, ends: Exit) -> None:
        self.uses = uses
        self.exit, self.unit, self.reduces = ends
        exit = ends.op
        self._grids: dict[int, Grid] = {}
        self._windows: dict[tuple[int, int], Window] = {}
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
        """(operator, number of the read) of those from `first` on that read `tensor` row by row and lead to the exit."""
        return [
            (op, n)
            for op in self.uses.consumers.get(tensor, ())
            if first <= op <= self.exit and self._leads(op)
            for n, read in enumerate(self.uses.reads[op])
            if read.tensor == tensor and self._region(op, n) is not None
        ]

    def window(self, op: int, n: int) -> Window:
        """What the units of `op` need of the tensor of its read `n`."""
        if (op, n) not in self._windows:
            region = self._region(op, n)
            assert region is not None
            self._windows[op, n] = window(self.steps(op), region, self.grid(self.uses.reads[op][n].tensor))
        return self._windows[op, n]

    def produced(self, op: int) -> Counts:
        """Units `op` has produced when the exit has 0, 1, 2 … units; `op` must lead to the exit."""
        self._leads(op)
        return self._produced[op]

    def _leads(self, op: int) -> bool:
        """Whether the exit needs anything of `op`."""
        while self._before > op:
            self._before -= 1
            asked = [self.window(i, n).end[self._produced[i]] for i, n in self.readers(self.uses.writes[self._before][0])]
            if asked:
                self._produced[self._before] = np.maximum.reduce(asked)
        return op in self._produced
