"""How the tensors of one block lie and are counted, and the C of places in them."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.ops.base import Access, Region
from tinykit.planner.format import Block
from tinykit.planner.grid import Grid
from tinykit.planner.strips import columns
from tinykit.planner.uses import Read, Uses
from tinykit.renderer.text import comment, shape


class BlockLayout:
    """How the tensors of one block lie and are counted."""

    def __init__(self, uses: Uses, block: Block, kernels: Mapping[int, str]) -> None:
        self.uses = uses
        self.kernels = kernels
        self.block = block
        self.held = {s.tensor: s for s in block.storage}
        self.exit = uses.writes[block.ops[-1]][0]
        self.again = {uses.producer[s.tensor]: s for s in block.storage if s.hold == "window"}
        self.strips = columns(uses, block.ops, block.strips, reduces=block.reduces) if block.strips > 1 else []
        self.order = sorted(self.strips[0]) if self.strips else []

    def result(self, tensor: int) -> int:
        """The tensor itself; of a reduction's result, the input that is summed up."""
        return self.uses.reads[self.block.ops[-1]][0].tensor if self.block.reduces and tensor == self.exit else tensor

    def end(self, tensor: int) -> str:
        """The end column of a strip, in C."""
        return f"c[{2 * self.order.index(self.result(tensor)) + 1}]"

    def grid(self, tensor: int) -> Grid:
        """The units a tensor is produced in; those of its input for a reduction's result."""
        return self.uses.grid(self.result(tensor), self.block.unit)

    def origin(self, tensor: int) -> int | None:
        """What a result that is computed again is computed of."""
        producer = self.uses.producer.get(tensor)
        return self.uses.reads[producer][0].tensor if producer in self.again and producer is not None else None

    def region(self, read: Read, op: int) -> Region:
        region = Region() if self.reduces(op) else read.region
        assert region is not None
        return region

    def reduces(self, op: int) -> bool:
        return self.block.reduces and op == self.block.ops[-1]

    def counter(self, tensor: int) -> str:
        return "y" if self.block.mode == "layer" else f"n{tensor}"

    def row(self, tensor: int) -> str:
        """The row of the tensor's next unit, in C."""
        per_row = self.grid(tensor).per_row
        return self.counter(tensor) if per_row == 1 else f"{self.counter(tensor)} / {per_row}"

    def column(self, tensor: int) -> str:
        """The first pixel of the tensor's next unit, in C."""
        grid = self.grid(tensor)
        if self.strips:
            return f"c[{2 * self.order.index(self.result(tensor))}]"
        return "0" if grid.per_row == 1 else times(f"{self.counter(tensor)} % {grid.per_row}", grid.unit)

    def pixels(self, tensor: int) -> str:
        """How many pixels the tensor's next unit has, in C."""
        grid = self.grid(tensor)
        if self.strips:
            return f"({self.end(tensor)} - {self.column(tensor)})"
        if grid.width % grid.unit == 0:
            return str(grid.unit)
        return f"tk_min({grid.unit}, {grid.width} - {self.column(tensor)})"


def summary_of(uses: Uses, op: int) -> str:
    """What an operator reads and writes, for a comment."""
    node = uses.nodes[op]
    reads = ", ".join(f"t{r.tensor} [{shape(uses.tensor(r.tensor).shape)}]" for r in uses.reads[op])
    writes = ", ".join(f"t{t} [{shape(uses.tensor(t).shape)}]" for t in uses.writes[op])
    return f"{comment(node.op.label or node.op.kind)}: {reads} -> {writes}"


def times(text: str, factor: int) -> str:
    """C of `text` times `factor`."""
    return text if factor == 1 else "0" if text == "0" else f"{text} * {factor}"


def first_place(access: Access, place: str) -> str:
    """C of the first row or column that output row or column `place` reads, before it is clipped to the input."""
    scaled = times(place, access.stride)
    if not access.before:
        return scaled
    if scaled == "0":
        return str(-access.before)
    return f"{scaled} {'-' if access.before > 0 else '+'} {abs(access.before)}"


def source_place(place: str, access: Access) -> str:
    """The first row or column of the input from `place` on."""
    return f"tk_ceil({place}, {access.spread})" if access.spread > 1 else place


def count_places(first: str, extent: str, access: Access) -> str:
    """How many rows or columns of the input there are among `extent` places from `first` on."""
    if access.spread == 1:
        return extent
    return f"tk_ceil({first} + {extent}, {access.spread}) - {source_place(first, access)}"
