"""How far every operator of a block has come when its last one has produced so many units.

The schedule both the planner and the generated C follow: to produce the exit's next unit, take the first operator, in
graph order, that is wanted and has everything it needs, run it for one unit, and look again. So when the exit has n
units, an operator before it has as many as its readers' units asked for: one pass backwards from the exit tells them
all, whatever block the exit closes.
"""

from __future__ import annotations

import numpy as np

from tinykit.planner.grid import Counts, Grid, Window, grid_of, window
from tinykit.planner.uses import Uses


class Flow:
    """Progress of the operators before `exit`, which is produced in units of `unit` pixels (0: whole rows)."""

    def __init__(self, uses: Uses, exit: int, unit: int) -> None:
        self.uses = uses
        self.exit = exit
        self.unit = unit
        self._units: dict[int, int] = {uses.writes[exit][0]: unit}
        self._grids: dict[int, Grid] = {}
        self._windows: dict[tuple[int, int], Window] = {}
        steps = self.steps(exit)
        self._produced: dict[int, Counts] = {exit: np.arange(steps.count + 1, dtype=np.int64)}
        self._before = exit

    def steps(self, op: int) -> Grid:
        """The units operator `op` is run for, one after the other."""
        return self.grid(self.uses.writes[op][0])

    def grid(self, tensor: int) -> Grid:
        """The units `tensor` is produced in: as many pixels as a unit of its readers moves on by."""
        if tensor not in self._grids:
            self._grids[tensor] = grid_of(self.uses.tensor(tensor), self._unit(tensor))
        return self._grids[tensor]

    def _unit(self, tensor: int) -> int:
        if self.unit == 0:
            return 0
        if tensor not in self._units:
            moves = [self.steps(op).unit * self._stride(op, n) for op, n in self.readers(tensor)]
            self._units[tensor] = min(moves)
        return self._units[tensor]

    def _stride(self, op: int, n: int) -> int:
        region = self.uses.reads[op][n].region
        assert region is not None
        return region.cols.stride

    def readers(self, tensor: int, first: int = 0) -> list[tuple[int, int]]:
        """(operator, number of the read) of those from `first` on that read `tensor` row by row and lead to the exit."""
        return [
            (op, n)
            for op in self.uses.consumers.get(tensor, ())
            if first <= op <= self.exit and self._leads(op)
            for n, read in enumerate(self.uses.reads[op])
            if read.tensor == tensor and read.region is not None
        ]

    def window(self, op: int, n: int) -> Window:
        """What the units of `op` need of the tensor of its read `n`."""
        if (op, n) not in self._windows:
            read = self.uses.reads[op][n]
            assert read.region is not None
            self._windows[op, n] = window(self.steps(op), read.region, self.grid(read.tensor))
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
