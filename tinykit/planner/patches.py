"""Which part of a block's input each piece of its result sees: the patches of MCUNetV2, whatever way the block runs."""

from __future__ import annotations

from dataclasses import dataclass

from tinykit.ops.base import Region
from tinykit.planner.format import Plan
from tinykit.planner.simulate import grids_of
from tinykit.planner.strips import columns
from tinykit.planner.uses import Uses


@dataclass(frozen=True)
class Patch:
    """Rows [top, bottom) and columns [left, right) of a map."""

    top: int
    bottom: int
    left: int
    right: int

    def union(self, other: Patch | None) -> Patch:
        if other is None:
            return self
        return Patch(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )


@dataclass(frozen=True)
class Patches:
    """The map that block `block` reads, tensor `source`, and what of it pieces of the result see.

    Of a block in strips: every strip, of all rows. Of any other: two pieces that follow each other, in the middle.
    """

    block: int
    source: int
    seen: tuple[Patch, ...]


def patches(plan: Plan, uses: Uses, n: int) -> Patches | None:
    """None for a block that runs as a whole, and for one whose input is no map."""
    block = plan.blocks[n]
    source = uses.reads[block.ops[0]][0].tensor
    views = {uses.view(op, r).rows for op in block.ops for r in uses.reads[op] if r.tensor == source}
    if block.mode == "layer" or uses.tensor(source).rows < 2 or views != {uses.tensor(source).rows}:
        return None
    exit = block.ops[-1]
    result = uses.reads[exit][0].tensor if block.reduces else uses.writes[exit][0]
    grid = grids_of(uses, block)[result]
    if block.strips > 1:
        cut = columns(uses, block.ops, block.strips, reduces=block.reduces)
        pieces = [Patch(0, grid.rows, *strip[result]) for strip in cut]
    else:
        middle = grid.rows // 2 * grid.per_row + grid.per_row // 2
        pieces = []
        for unit in (middle, min(middle + 1, grid.count - 1)):
            row, at = divmod(unit, grid.per_row)
            pieces.append(Patch(row, row + 1, at * grid.unit, min((at + 1) * grid.unit, grid.width)))
    return Patches(n, source, tuple(_seen(uses, block.ops, result, piece, source, reduces=block.reduces) for piece in pieces))


def _seen(uses: Uses, ops: tuple[int, ...], result: int, piece: Patch, source: int, *, reduces: bool) -> Patch:
    """What of `source` is needed for `piece` of `result`, through all operators between them."""
    needed: dict[int, Patch] = {result: piece}
    for op in reversed(ops[:-1] if reduces else ops):
        wanted = needed.get(uses.writes[op][0])
        for read in uses.reads[op]:
            if wanted is None or read.region is None:
                continue
            found = _through(uses, read.region, wanted, read.tensor)
            needed[read.tensor] = found.union(needed.get(read.tensor))
    return needed.get(source, Patch(0, 0, 0, 0))


def _through(uses: Uses, region: Region, piece: Patch, tensor: int) -> Patch:
    grid = uses.grid(tensor)
    rows = region.rows.interval(piece.top, piece.bottom, grid.rows)
    cols = region.cols.interval(piece.left, piece.right, grid.width)
    return Patch(*rows, *cols)
