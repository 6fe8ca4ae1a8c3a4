"""Column strips: a block's result computed in vertical strips, each with the columns of every tensor that it needs.

Neighbouring strips need some of the same columns, which are computed for each of them again.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinykit.ops.base import Region
from tinykit.ops.registry import OPERATORS
from tinykit.planner.uses import Uses

Columns = dict[int, tuple[int, int]]
"""Tensor → first and end column that a strip computes of it."""


def columns(uses: Uses, ops: Sequence[int], strips: int, *, reduces: bool) -> list[Columns]:
    """For each strip: the columns of every tensor that operators `ops` produce, and of the input that the last one
    `reduces`."""
    result = uses.reads[ops[-1]][0].tensor if reduces else uses.writes[ops[-1]][0]
    width = uses.grid(result).width
    cuts = [n * width // strips for n in range(strips + 1)]
    return [_needed(uses, ops, {result: (cuts[n], cuts[n + 1])}, reduces=reduces) for n in range(strips)]


def _needed(uses: Uses, ops: Sequence[int], found: Columns, *, reduces: bool) -> Columns:
    inside = {uses.writes[op][0] for op in ops}
    for op in reversed(ops):
        last = reduces and op == ops[-1]
        for read in uses.reads[op]:
            region = Region() if last else read.region
            if read.tensor not in inside or region is None or last:
                continue
            a, b = found.get(uses.writes[op][0], (0, 0))
            if a < b:
                left, right = region.cols.interval(a, b, uses.grid(read.tensor).width)
                if left < right:
                    c, d = found.get(read.tensor, (left, right))
                    found[read.tensor] = min(left, c), max(right, d)
    for op in ops:
        found.setdefault(uses.writes[op][0], (0, 0))
    return found


def widest(strips: Sequence[Columns], tensor: int) -> int:
    """Columns of `tensor` that one strip needs, at most; at least one, so that every buffer has an address."""
    return max(1, *(strip[tensor][1] - strip[tensor][0] for strip in strips))


def extra_macs(uses: Uses, ops: Sequence[int], strips: Sequence[Columns], *, reduces: bool) -> float:
    """Multiply-accumulates that the strips repeat."""
    again = ops[:-1] if reduces else ops
    return sum(macs(uses, op) * (repeated(uses, strips, uses.writes[op][0]) - 1) for op in again)


def macs(uses: Uses, op: int) -> int:
    """Multiply-accumulates of an operator computed once."""
    return OPERATORS[uses.nodes[op].op.kind].macs(uses.nodes[op])


def repeated(uses: Uses, strips: Sequence[Columns], tensor: int) -> float:
    """How often the columns of `tensor` are computed, on average."""
    width = uses.grid(tensor).width
    return sum(b - a for a, b in (strip[tensor] for strip in strips)) / max(width, 1)
