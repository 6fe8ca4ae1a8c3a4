"""How many rows of a tensor a block must keep while its last operator pulls rows on demand.

The schedule both the planner and the generated C follow: to produce the exit's next row, walk back to the first
operator (in graph order) that is wanted and has everything it needs, run it for one row, and look again.

All paths from a tensor meet again at some operator, at the latest the block's exit. Rows are asked of that meeting
point one after the other, whatever comes behind it, so a tensor's ring depends only on the operators up to there: the
depth is found once a tensor and holds in every block.
"""

from __future__ import annotations

from collections.abc import Iterable

from tinykit.planner.uses import Uses


class Rings:
    """Ring depths of the tensors of one graph."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self._depths: dict[tuple[int, int], int] = {}

    def depth(self, tensor: int, exit: int) -> int:
        """Rows of `tensor` alive at once, at most, in a block whose last operator is `exit` and which produces it."""
        meeting = self._meeting(tensor, exit)
        key = tensor, meeting
        if key not in self._depths:
            self._depths[key] = self._simulate(tensor, meeting)
        return self._depths[key]

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

    def _simulate(self, tensor: int, exit: int) -> int:
        uses = self.uses
        first = min(uses.consumers[tensor])
        ops = range(first, exit + 1)
        produced = {uses.writes[i][0]: 0 for i in ops}
        have = depth = 0
        while (op := self._next(ops, produced, exit)) is not None:
            need = max((self._window(op, r, produced)[1] for r in self._reads_of(op, tensor)), default=0)
            if need > have:
                oldest = min(
                    self._window(c, r, produced)[0]
                    for c in uses.consumers[tensor]
                    if c <= exit and produced[uses.writes[c][0]] < self._rows(c)
                    for r in self._reads_of(c, tensor)
                )
                have = need
                depth = max(depth, have - oldest)
            produced[uses.writes[op][0]] += 1
        return max(depth, 1)

    def _rows(self, op: int) -> int:
        return self.uses.tensor(self.uses.writes[op][0]).rows

    def _reads_of(self, op: int, tensor: int) -> list[int]:
        return [n for n, read in enumerate(self.uses.reads[op]) if read.tensor == tensor]

    def _window(self, op: int, n: int, produced: dict[int, int]) -> tuple[int, int]:
        """The rows read n of `op` needs for its next output row."""
        read = self.uses.reads[op][n]
        assert read.region is not None
        y = produced[self.uses.writes[op][0]]
        return read.region.rows.interval(y, y + 1, self.uses.tensor(read.tensor).rows)

    def _next(self, ops: Iterable[int], produced: dict[int, int], exit: int) -> int | None:
        """The operator the schedule runs next; None when the exit has all its rows."""
        uses = self.uses
        if produced[uses.writes[exit][0]] == self._rows(exit):
            return None
        wanted = {uses.writes[exit][0]: self._rows(exit)}
        chosen = exit
        for i in reversed(list(ops)):
            output = uses.writes[i][0]
            if produced[output] >= wanted.get(output, 0):
                continue
            chosen = i
            for n, read in enumerate(uses.reads[i]):
                if read.tensor in produced:
                    wanted[read.tensor] = max(wanted.get(read.tensor, 0), self._window(i, n, produced)[1])
        return chosen
