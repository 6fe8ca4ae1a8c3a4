"""Where the graph branches, operators run in the order that keeps the fewest bytes alive.

A file's order is whatever its exporter walked; a branch finished before the next one begins leaves less lying about, and lets
more operators run as one block. The search is Liberis and Lane's (Neural networks on microcontrollers: saving memory at
inference via operator reordering, 2019): dynamic programming over the sets of operators that may have run.
"""

from __future__ import annotations

from typing import NamedTuple

from tinykit.graph.ir import Graph
from tinykit.graph.passes.rewrite import with_ops

_WIDTH = 500
"""Sets of operators looked at for each number of operators; where there are more, the best so many."""


class _State(NamedTuple):
    """Some operators have run: the most bytes alive in any step so far, the sum over all steps, and how it came about."""

    peak: int
    total: int
    alive: int
    last: int = -1
    before: _State | None = None


def order(graph: Graph) -> Graph:
    """`graph` with its operators in the order of the least peak of whole tensors, then of the least bytes over time; of two
    equally good orders the file's. Graphs that keep state between inferences stay as they are."""
    if any(tensor.initial is not None for tensor in graph.tensors.values()) or _is_chain(graph):
        return graph
    found = _Orders(graph).best()
    return with_ops(graph, [graph.ops[i] for i in found])


def _is_chain(graph: Graph) -> bool:
    """Whether each operator needs what the one before it wrote, so that there is one order only."""
    return all(
        any(graph.storage(t) in before.outputs for t in op.inputs if t is not None)
        for before, op in zip(graph.ops, graph.ops[1:], strict=False)
    )


class _Orders:
    """What each operator needs and frees."""

    def __init__(self, graph: Graph) -> None:
        self.ops = graph.ops
        self.reads = [
            {root for t in op.inputs if t is not None and not graph.is_constant(root := graph.storage(t))} for op in graph.ops
        ]
        producer = {t: i for i, op in enumerate(graph.ops) for t in op.outputs}
        self.needs = [sum(1 << producer[t] for t in read if t in producer) for read in self.reads]
        self.users = {t: sum(1 << i for i, read in enumerate(self.reads) if t in read) for read in self.reads for t in read}
        self.kept = {graph.storage(port.tensor) for port in graph.outputs}
        self.size = {t: graph.tensors[t].bytes for t in {*producer, *self.users}}
        at_first = sum(self.size[t] for t in self.users if t not in producer)
        self.start = _State(at_first, 0, at_first)

    def best(self) -> list[int]:
        """The best order found, as indices; never a worse one than the graph's own."""
        own, done = self.start, 0
        level = {0: self.start}
        for at in range(len(self.ops)):
            own, done = self._after(own, at, done), done | 1 << at
            following: dict[int, _State] = {}
            for ran, state in level.items():
                for i in range(len(self.ops)):
                    if ran >> i & 1 or self.needs[i] & ~ran:
                        continue
                    made, now = self._after(state, i, ran), ran | 1 << i
                    if now not in following or made[:2] < following[now][:2]:
                        following[now] = made
            level = following
            if len(level) > _WIDTH:
                level = dict(sorted(level.items(), key=lambda item: item[1][:2])[:_WIDTH])
        state = min([own, *level.values()], key=lambda s: s[:2])
        found: list[int] = []
        while state.before is not None:
            found.append(state.last)
            state = state.before
        return found[::-1]

    def _after(self, state: _State, i: int, ran: int) -> _State:
        """What it takes to run operator `i` too, when those of the bits of `ran` have run."""
        working = state.alive + sum(self.size[t] for t in self.ops[i].outputs)
        now = ran | 1 << i
        over = {t for t in (*self.reads[i], *self.ops[i].outputs) if t not in self.kept and not self.users.get(t, 0) & ~now}
        freed = sum(self.size[t] for t in over)
        return _State(max(state.peak, working), state.total + working, working - freed, i, state)
