"""The blocks a plan may be made of, each with the bytes it needs while it runs and its predicted cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tinykit.ops.registry import OPERATORS
from tinykit.planner.cost import kernel_cost, schedule_cost
from tinykit.planner.format import Mode, Storage
from tinykit.planner.rings import Rings
from tinykit.planner.uses import Uses, align


@dataclass(frozen=True)
class Candidate:
    """Operators [first, end) run as one block; `bytes` is all memory in use meanwhile, tensors waiting for later included."""

    first: int
    end: int
    mode: Mode
    bytes: int
    cost: float
    storage: tuple[Storage, ...] = ()
    scratch: int = 0


class Candidates:
    """Every block of a graph: each operator alone, and every run of row operators with one exit."""

    def __init__(self, uses: Uses, *, rows: bool = True) -> None:
        self.uses = uses
        self.rings = Rings(uses)
        self._rows = rows
        self._spans = {t: uses.span(t) for t in uses.stored}

    def from_op(self, first: int) -> Iterator[Candidate]:
        """The blocks that begin with operator `first`."""
        yield self._layer(first)
        if not self._rows:
            return
        for end in range(first + 1, len(self.uses.writes) + 1):
            if not self.uses.streams(end - 1):
                return
            if end - first > 1 and self._single_exit(first, end):
                yield self._fused(first, end)

    def _alive(self, first: int, end: int) -> list[int]:
        """Tensors that lie whole in memory while operators [first, end) run as one block."""
        last = end - 1
        return [
            tensor
            for tensor, (born, dies) in self._spans.items()
            if born <= last and dies >= first and not self._internal(tensor, first, end)
        ]

    def _internal(self, tensor: int, first: int, end: int) -> bool:
        born, dies = self._spans[tensor]
        return first <= born and dies < end and born < end - 1

    def _single_exit(self, first: int, end: int) -> bool:
        return all(self._internal(self.uses.writes[i][0], first, end) for i in range(first, end - 1))

    def _layer(self, op: int) -> Candidate:
        uses = self.uses
        kernel, node = uses.kernels[op], uses.nodes[op]
        scratch = align(kernel.scratch(node))
        shared = uses.size(uses.writes[op][0]) if in_place_input(uses, op) is not None else 0
        used = sum(uses.size(t) for t in self._alive(op, op + 1)) - shared + scratch
        return Candidate(op, op + 1, "layer", used, kernel_cost(kernel, node, uses.core, layer_calls(uses, op)), (), scratch)

    def _fused(self, first: int, end: int) -> Candidate:
        uses = self.uses
        storage = []
        for i in range(first, end - 1):
            tensor = uses.writes[i][0]
            depth = self.rings.depth(tensor, end - 1)
            storage.append(Storage(tensor, "full" if depth == uses.tensor(tensor).rows else "ring", depth))
        scratch = max(align(uses.kernels[i].scratch(uses.nodes[i])) for i in range(first, end))
        rings = sum(storage_bytes(uses, s) for s in storage)
        whole = sum(uses.size(t) for t in self._alive(first, end))
        rows = [uses.tensor(uses.writes[i][0]).rows for i in range(first, end)]
        cost = sum(
            kernel_cost(uses.kernels[i], uses.nodes[i], uses.core, n) for i, n in zip(range(first, end), rows, strict=True)
        ) + schedule_cost(uses.core, end - first, sum(rows))
        return Candidate(first, end, "rows", whole + rings + scratch, cost, tuple(storage), scratch)


def storage_bytes(uses: Uses, storage: Storage) -> int:
    """Arena bytes of a tensor held inside a block."""
    return align(storage.rows * uses.tensor(storage.tensor).row_bytes)


def one_call(uses: Uses, op: int) -> bool:
    """Whether a single kernel call computes the whole output: a tensor kernel, or point-wise over all rows at once."""
    kernel = uses.kernels[op]
    pointwise = all(read.region is not None and read.region.pointwise for read in uses.reads[op])
    return not kernel.rows or (kernel.any_width and pointwise)


def layer_calls(uses: Uses, op: int) -> int:
    """Kernel calls that compute the whole output of `op` on its own: one, or one a row."""
    return 1 if one_call(uses, op) else uses.tensor(uses.writes[op][0]).rows


def in_place_input(uses: Uses, op: int) -> int | None:
    """The tensor whose bytes the output of `op` may take over: declared so by the operator, and never read again."""
    if len(uses.writes[op]) != 1 or not one_call(uses, op):
        return None
    output = uses.writes[op][0]
    allowed = OPERATORS[uses.graph.ops[op].kind].in_place(uses.nodes[op])
    for read in uses.reads[op]:
        dies = uses.span(read.tensor)[1] == op
        if read.index in allowed and dies and uses.size(read.tensor) == uses.size(output):
            return read.tensor
    return None
