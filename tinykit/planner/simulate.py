"""A plan run on an arena whose bytes remember what was written to them: the proof that no value is lost before its last use.

Nothing here asks the search or its formulas: the calls are made one by one as the generated C makes them, and every byte
a kernel may read is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tinykit.ops.base import Region
from tinykit.ops.registry import OPERATORS
from tinykit.planner.blocks import one_call, slots
from tinykit.planner.format import Block, Buffer, Plan, Storage
from tinykit.planner.grid import Grid, grid_of
from tinykit.planner.strips import Columns, columns
from tinykit.planner.uses import Read, Uses

ARRIVES = -1
"""In the place of an operator: input comes from outside."""

Piece = tuple[int, int, int]
"""Row, first pixel and end pixel."""


@dataclass(frozen=True)
class Lost:
    """Operator `op` of block `block` wanted bytes of tensor `tensor` that were not written yet, or not there any more."""

    block: int
    op: int
    tensor: int


def first_loss(plan: Plan, uses: Uses) -> Lost | None:
    """The first read that finds other bytes than it needs; None when every read of the plan is right."""
    return _Machine(plan, uses).run()


class _Machine:
    def __init__(self, plan: Plan, uses: Uses) -> None:
        self.plan = plan
        self.uses = uses
        self.buffers: dict[int, Buffer] = {b.tensor: b for b in plan.buffers if b.tensor is not None}
        self.memory = {arena.region: np.full(arena.size, -1, np.int64) for arena in plan.arenas}
        self.held: dict[int, Storage] = {s.tensor: s for block in plan.blocks for s in block.storage}
        starts = np.cumsum([0, *(uses.tensor(t).bytes for t in uses.stored)])
        self.tags = {t: int(start) for t, start in zip(uses.stored, starts, strict=False)}
        self._scratch: list[Buffer] = []
        self._sums: list[Buffer] = []
        self._strip: Columns = {}
        self._at = 0, 0

    def run(self) -> Lost | None:
        for tensor in (*self.uses.variables, *(() if self.plan.stream_input else self.uses.inputs)):
            self._write(tensor, 0, self.uses.tensor(tensor).bytes, self.buffers[tensor].offset)
        for index, block in enumerate(self.plan.blocks):
            here = [b for b in self.plan.buffers if b.tensor is None and b.first <= index <= b.last]
            self._sums = [b for b in here if b.name == f"sums{index}"]
            self._scratch = [b for b in here if b not in self._sums]
            lost = self._layer(block) if block.mode == "layer" else self._block(block)
            if lost is not None:
                return Lost(index, *lost)
        for tensor in (*self.uses.outputs, *self.uses.variables):
            if not self._holds(tensor, 0, self.uses.tensor(tensor).bytes, self.buffers[tensor].offset):
                return Lost(len(self.plan.blocks) - 1, len(self.uses.writes) - 1, tensor)
        return None

    def _use_scratch(self) -> None:
        """A call may write its scratch before it has read anything."""
        for b in self._scratch:
            self.memory[b.region][b.offset : b.offset + b.size] = -1

    def _layer(self, block: Block) -> tuple[int, int] | None:
        op = block.ops[0]
        if not one_call(self.uses, op):
            return self._block(block)
        self._use_scratch()
        found = [(r, 0, self.uses.tensor(r.tensor).bytes, self.buffers[r.tensor].offset) for r in self.uses.reads[op]]
        for read, first, size, at in found:
            if not self._holds(read.tensor, first, size, at):
                return op, read.tensor
        for output in self.uses.writes[op]:
            size, at = self.uses.tensor(output).bytes, self.buffers[output].offset
            self._write(output, 0, size, at)
            for read, first, length, place in found:
                if self._destroys(op, read, (at, size), place) and not self._holds(read.tensor, first, length, place):
                    return op, read.tensor
        return None

    def _destroys(self, op: int, read: Read, written: tuple[int, int], place: int) -> bool:
        """Whether what a call writes may be there before it has read the bytes at `place`; an element-wise operator reads
        each element before it writes it, from the first on."""
        allowed = OPERATORS[self.uses.graph.ops[op].kind].in_place(self.uses.nodes[op])
        return read.index not in allowed or written[0] > place

    def _block(self, block: Block) -> tuple[int, int] | None:
        """Call by call; a call may write anything of its own before it has read anything."""
        grids = grids_of(self.uses, block)
        self._sum(start=True)
        strips = columns(self.uses, block.ops, block.strips, reduces=block.reduces) if block.strips > 1 else [{}]
        for self._strip in strips:
            if lost := self._pass(block, grids):
                return lost
        self._strip = {}
        if block.reduces:
            exit = block.ops[-1]
            output = self.uses.writes[exit][0]
            self._write(output, 0, self.uses.tensor(output).bytes, self.buffers[output].offset)
        return None

    def _pass(self, block: Block, grids: dict[int, Grid]) -> tuple[int, int] | None:
        for op, unit in schedule(self.uses, block, grids):
            if op == ARRIVES:
                tensor = self.uses.inputs[0]
                for first, size, at in self._places(tensor, _piece(grids[tensor], unit), grids[tensor], written=True):
                    self._write(tensor, first, size, at)
                continue
            output = self.uses.writes[op][0]
            y, x0, x1 = _piece(_steps(self.uses, block, op, grids), unit)
            summed = block.reduces and op == block.ops[-1]
            x0, x1 = self._strip.get(self.uses.reads[op][0].tensor if summed else output, (x0, x1))
            self._use_scratch()
            if lost := self._fill(block, op, (y, x0, x1), grids):
                return lost
            found = []
            for read in self.uses.reads[op]:
                grid = grids.get(read.tensor) or grid_of(self.uses.view(op, read))
                for piece in _pieces(_region(block, op, read), (y, x0, x1), grid):
                    found += [(read, *place) for place in self._places(read.tensor, piece, grid)]
            for read, first, size, at in found:
                if not self._holds(read.tensor, first, size, at):
                    return op, read.tensor
            if block.reduces and op == block.ops[-1]:
                if not self._sum():
                    return op, output
                continue
            for first, size, at in self._places(output, (y, x0, x1), grids[output], written=True):
                self._write(output, first, size, at)
                for read, begin, length, place in found:
                    if self._destroys(op, read, (at, size), place) and not self._holds(read.tensor, begin, length, place):
                        return op, read.tensor
        return None

    def _fill(self, block: Block, op: int, piece: Piece, grids: dict[int, Grid]) -> tuple[int, int] | None:
        """Compute again what the window of a piece of `op` needs: columns of the window before stay, the others are new."""
        y, x0, x1 = piece
        for read in self.uses.reads[op]:
            held = self.held.get(read.tensor)
            if held is None or held.hold != "window" or read.region is None:
                continue
            producer = self.uses.producer[read.tensor]
            (source,) = self.uses.reads[producer]
            grid = grids[read.tensor]
            left, right = read.region.cols.interval(x0, x1, grid.width)
            before, kept = read.region.cols.interval(x0 - block.unit, x0, grid.width) if x0 else (left, left)
            new = max(left, kept)
            self._at = y * read.region.rows.stride - read.region.rows.before, left
            for row in range(*read.region.rows.interval(y, y + 1, grid.rows)):
                places = [place for x in range(left, new) for place in self._places(read.tensor, (row, x, x + 1), grid)]
                moved = [(first, size, at + (left - before) * grid.pixel_bytes) for first, size, at in places]
                if not all(self._holds(read.tensor, *old) for old in moved):
                    return producer, read.tensor
                for stays in places:
                    self._write(read.tensor, *stays)
                if new >= right:
                    continue
                at = grids.get(source.tensor) or self.uses.grid(source.tensor)
                for first, size, place in self._places(source.tensor, (row, new, right), at):
                    if not self._holds(source.tensor, first, size, place):
                        return producer, source.tensor
                for written in self._places(read.tensor, (row, new, right), grid):
                    self._write(read.tensor, *written)
        return None

    def _sum(self, *, start: bool = False) -> bool:
        """Zero the accumulators of a reduction, or find them untouched since."""
        whole = True
        for n, b in enumerate(self._sums):
            memory = self.memory[b.region][b.offset : b.offset + b.size]
            if start:
                memory[:] = -2 - n
            whole = whole and bool(np.all(memory == -2 - n))
        return whole

    def _places(self, tensor: int, piece: Piece, grid: Grid, *, written: bool = False) -> Iterator[tuple[int, int, int]]:
        """(first byte of the tensor, bytes, offset in the arena) of a piece; where written, its repetition too."""
        y, x0, x1 = piece
        first, size = y * grid.row_bytes + x0 * grid.pixel_bytes, (x1 - x0) * grid.pixel_bytes
        base = self.buffers[tensor].offset
        held = self.held.get(tensor)
        if held is not None and held.hold == "window":
            top, left = self._at
            yield first, size, base + ((y - top) * held.pixels + x0 - left) * grid.pixel_bytes
            return
        if held is not None and held.width:
            slot = y % held.rows * held.width
            yield first, size, base + (slot + x0 - self._strip[tensor][0]) * grid.pixel_bytes
            return
        if held is None or held.hold == "full":
            yield first, size, base + first
            return
        count = slots(grid, held)
        unit, inside = divmod(x0, grid.unit)
        slot = (y * grid.per_row + unit) % count
        yield first, size, base + slot * grid.unit_bytes + inside * grid.pixel_bytes
        if written and slot < held.mirror // grid.unit:
            yield first, size, base + (count + slot) * grid.unit_bytes

    def _bytes(self, tensor: int, at: int, size: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The memory at `at`, shortened where it leaves the buffer."""
        buffer = self.buffers[tensor]
        return self.memory[buffer.region][at : min(at + size, buffer.offset + buffer.size)]

    def _write(self, tensor: int, first: int, size: int, at: int) -> None:
        target = self._bytes(tensor, at, size)
        target[:] = np.arange(self.tags[tensor] + first, self.tags[tensor] + first + len(target))

    def _holds(self, tensor: int, first: int, size: int, at: int) -> bool:
        found = self._bytes(tensor, at, size)
        tag = self.tags[tensor] + first
        return len(found) == size and bool(np.array_equal(found, np.arange(tag, tag + size)))


def grids_of(uses: Uses, block: Block) -> dict[int, Grid]:
    """The units of every tensor the block produces; of a reduction's input where that lies whole already."""
    exit = block.ops[-1]
    tensor = uses.reads[exit][0].tensor if block.reduces else uses.writes[exit][0]
    found = {tensor: uses.grid(tensor, block.unit)}
    for held in block.storage:
        found[held.tensor] = uses.grid(held.tensor, held.unit)
    return found


def _piece(grid: Grid, unit: int) -> Piece:
    y, j = divmod(unit, grid.per_row)
    return y, j * grid.unit, min((j + 1) * grid.unit, grid.width)


def _steps(uses: Uses, block: Block, op: int, grids: dict[int, Grid]) -> Grid:
    """The units `op` is run for: of its output, or of the input it sums up."""
    return grids[uses.reads[op][0].tensor if block.reduces and op == block.ops[-1] else uses.writes[op][0]]


def _region(block: Block, op: int, read: Read) -> Region:
    region = Region() if block.reduces and op == block.ops[-1] else read.region
    assert region is not None
    return region


def _pieces(region: Region, piece: Piece, source: Grid) -> Iterator[Piece]:
    """What a call for `piece` of its output reads."""
    y, x0, x1 = piece
    left, right = region.cols.interval(x0, x1, source.width)
    if left < right:
        for row in range(*region.rows.interval(y, y + 1, source.rows)):
            yield row, left, right


def schedule(uses: Uses, block: Block, grids: dict[int, Grid]) -> Iterator[tuple[int, int]]:
    """(operator, unit) in the order of the generated loop: the first operator that is wanted and has what it needs.

    A unit of a streamed input `ARRIVES` when all operators have to wait for it.
    """
    windows = {s.tensor for s in block.storage if s.hold == "window"}
    ops = [op for op in block.ops if uses.writes[op][0] not in windows]
    produced = {uses.writes[op][0]: 0 for op in ops}
    exit = uses.writes[block.ops[-1]][0]
    if block.streamed:
        produced[uses.inputs[0]] = 0
    total = _steps(uses, block, block.ops[-1], grids).count
    while produced[exit] < total:
        wanted = {exit: total}
        chosen = block.ops[-1]
        for op in reversed(ops):
            output = uses.writes[op][0]
            if produced[output] >= wanted.get(output, 0):
                continue
            chosen = op
            piece = _piece(_steps(uses, block, op, grids), produced[output])
            for read in uses.reads[op]:
                source = uses.reads[uses.producer[read.tensor]][0].tensor if read.tensor in windows else read.tensor
                if source in produced:
                    grid = grids[source]
                    for row, _, end in _pieces(_region(block, op, read), piece, grid):
                        need = row * grid.per_row - (-end // grid.unit)
                        wanted[source] = max(wanted.get(source, 0), need)
        if block.streamed and produced[uses.inputs[0]] < wanted.get(uses.inputs[0], 0):
            chosen = ARRIVES
        output = uses.inputs[0] if chosen == ARRIVES else uses.writes[chosen][0]
        yield chosen, produced[output]
        produced[output] += 1
