"""The blocks a plan may be made of, each with the bytes it needs while it runs and its predicted cost."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from tinykit.ops.base import Kernel
from tinykit.ops.registry import OPERATORS
from tinykit.planner.cost import ROW, kernel_cost, schedule_cost
from tinykit.planner.flow import Exit
from tinykit.planner.format import Mode, Storage
from tinykit.planner.grid import Grid
from tinykit.planner.lifetimes import Span, moment, most
from tinykit.planner.rings import Ring, Rings
from tinykit.planner.schedule import schedule_terms
from tinykit.planner.strips import Columns, columns, extra_macs, repeated, widest
from tinykit.planner.uses import Uses, align
from tinykit.planner.windows import Again, again, extra_work, reader

UNITS = (1, 2, 4, 8)
"""Pixels at a time in which a block may produce its result, beside whole rows."""
STRIPS = (2, 4, 8)
"""Column strips into which a block may cut its result."""
_MOST_REPEATS = 3


@dataclass(frozen=True)
class Candidate:
    """Operators [first, end) run as one block; `bytes` is all memory in use meanwhile, tensors waiting for later included.

    `distances`: the inputs that the output may lie over, as it consumes them, with the bytes it then must lie below each.
    `sums`: bytes of a reduction's accumulators, which live as long as the block.
    """

    first: int
    end: int
    mode: Mode
    bytes: int
    cost: float
    storage: tuple[Storage, ...] = ()
    scratch: int = 0
    unit: int = 0
    distances: tuple[tuple[int, int], ...] = ()
    reduces: bool = False
    sums: int = 0
    streamed: bool = False
    saved: int = 0
    """Bytes that are counted once because the output lies over an input."""
    strips: int = 1
    extra: float = 0.0
    """Multiply-accumulates beyond computing each result once."""
    lean: bool = False
    """Its kernels are those that need the least scratch."""


class Holding(NamedTuple):
    """A tensor inside a block: how it is held, its bytes, and when it is in use if not all the time."""

    storage: Storage
    bytes: int
    moment: Span | None


class Candidates:
    """Every block of a graph: each operator alone, and every run of row operators with one exit, by rows or by pixels."""

    def __init__(
        self,
        uses: Uses,
        *,
        rows: bool = True,
        units: tuple[int, ...] = UNITS,
        strips: tuple[int, ...] = STRIPS,
        stream_input: bool = False,
        most_extra: float | None = None,
        wasteful: bool = False,
        until: float = math.inf,
    ) -> None:
        """`most_extra`: multiply-accumulates that one block may repeat; None: any. `wasteful`: also blocks that compute
        results again to no purpose, so that tests meet them. `until`: of `time.monotonic()`, after which only single operators
        are looked at (`cut_short` then)."""
        self.uses = uses
        self._streamed = uses.inputs[0] if stream_input else None
        self.rings = Rings(uses)
        self._rows = rows
        self._units = units
        self._strips = strips
        self._most_extra = most_extra
        self._wasteful = wasteful
        self._until = until
        self.cut_short = False
        self._found: dict[int, tuple[Candidate, ...]] = {}
        self._costs: dict[tuple[str, int, int, int], float] = {}
        self._scratches: dict[tuple[str, int], int] = {}
        self._holdings: dict[tuple[int, int, Ring], Holding] = {}
        self._spans = {t: uses.span(t) for t in uses.stored}

    def from_op(self, first: int) -> Iterator[Candidate]:
        """The blocks that begin with operator `first`; where their kernels take scratch, also with lean ones. Where the input
        is streamed, the first block reads all of it."""
        if first not in self._found:
            blocks = tuple(self._blocks(first))
            self._found[first] = blocks + tuple(self._lean(block) for block in blocks if block.scratch)
        return iter(self._found[first])

    def _lean(self, block: Candidate) -> Candidate:
        """The same block with the kernels that need the least scratch."""
        ops = range(block.first, block.end - block.reduces)
        lean, fast = self.uses.lean, self.uses.kernels
        scratch = max(self._scratch(lean[i], i) for i in ops)
        calls = [block.strips * n for n in self._calls(block)]
        piece = self._piece(block)
        extra = sum(
            self._cost(lean[i], i, n, piece) - self._cost(fast[i], i, n, piece) for i, n in zip(ops, calls, strict=False)
        )
        used = block.bytes - block.scratch + scratch
        # Never for speed alone: a kernel more is a kilobyte or two of code.
        return replace(block, bytes=used, cost=block.cost + max(extra, 1.0), scratch=scratch, lean=True)

    def _calls(self, block: Candidate) -> list[int]:
        """How often each operator's kernel is called."""
        if block.mode == "layer":
            return [layer_calls(self.uses, block.first)]
        exit = Exit(block.end - 1, block.unit, block.reduces)
        flow = self.rings.flow(exit)
        windows = {s.tensor for s in block.storage if s.hold == "window"}
        if windows:
            repeated = {i: self._again(i, exit).calls for i in range(block.first, block.end) if self.uses.writes[i][0] in windows}
            return [repeated.get(i, flow.steps(i).count) for i in range(block.first, block.end)]
        return [flow.steps(i).count for i in range(block.first, block.end)]

    def _blocks(self, first: int) -> Iterator[Candidate]:
        if not self._streams_in(first):
            yield self._layer(first)
        if not self._rows:
            return
        pixels, begin = True, -1 if self._streams_in(first) else first
        for end in range(first + 1, len(self.uses.writes) + 1):
            if first and time.monotonic() > self._until:
                self.cut_short = True
                return
            yield from self._reducing(first, end, pixels=pixels)
            if not self.uses.streams(end - 1, begin):
                return
            pixels = pixels and self.uses.streams_pixels(end - 1, begin)
            if self._single_exit(first, end):
                if end - first > 1 or one_call(self.uses, first) or self._streams_in(first):
                    yield self._fused(first, Exit(end - 1))
                if pixels:
                    yield from self._by_pixels(first, end, self.uses.writes[end - 1][0])
                    yield from self._by_strips(first, Exit(end - 1))

    def _by_pixels(self, first: int, end: int, tensor: int, *, reduces: bool = False) -> Iterator[Candidate]:
        """The block in pieces of the rows of `tensor`."""
        width = self.uses.grid(tensor).width
        for unit in self._units:
            if unit < width:
                block = self._fused(first, Exit(end - 1, unit, reduces))
                yield block
                if (unit == 1 and self._most_extra != 0) or self._wasteful:
                    yield from self._with_windows(first, Exit(end - 1, unit, reduces), block.bytes)

    def _with_windows(self, first: int, exit: Exit, best: int) -> Iterator[Candidate]:
        """The block with results computed again: those first that save the most bytes for the work, as long as it helps."""
        uses, ops = self.uses, range(first, exit.op + (not exit.reduces))
        found = []
        for op in ops:
            if (read := reader(uses, op, ops)) is not None:
                repeat = again(uses, op, *read, exit.unit)
                saved = self._holding(uses.writes[op][0], exit).bytes - repeat.bytes
                if saved > 0 or self._wasteful:
                    found.append((saved / max(extra_work(uses, [repeat]), 1.0), op))
        chosen: list[int] = []
        for _, op in sorted(found, reverse=True)[:_MOST_REPEATS]:
            if uses.producer.get(uses.reads[op][0].tensor) in chosen:
                continue
            block = self._fused(first, exit._replace(again=tuple(sorted((*chosen, op)))))
            if (block.bytes < best or self._wasteful) and (self._most_extra is None or block.extra <= self._most_extra):
                chosen.append(op)
                best = block.bytes
                yield block

    def _reducing(self, first: int, end: int, *, pixels: bool) -> Iterator[Candidate]:
        """The block that ends with a sum over what the operators before produce."""
        fed = end - first > 1 or self._streams_in(first)
        if fed and self.uses.reducers[end - 1] is not None and self._single_exit(first, end):
            yield self._fused(first, Exit(end - 1, 0, True))
            if pixels:
                yield from self._by_pixels(first, end, self.uses.reads[end - 1][0].tensor, reduces=True)
                yield from self._by_strips(first, Exit(end - 1, 0, True))

    def _by_strips(self, first: int, exit: Exit) -> Iterator[Candidate]:
        """The block in column strips, as far as more of them need fewer bytes."""
        uses, ops = self.uses, range(first, exit.op + 1)
        result = uses.reads[exit.op][0].tensor if exit.reduces else uses.writes[exit.op][0]
        width = uses.grid(result).width
        if self._streams_in(first) or len(ops) - exit.reduces < 2 or self._most_extra == 0:
            return
        rows = self._fused(first, exit)
        best = rows.bytes
        if best <= self._whole(first, exit.op + 1) + rows.scratch + rows.sums:
            return
        for count in self._strips:
            if count <= width:
                cut = columns(uses, ops, count, reduces=exit.reduces)
                if self._most_extra is not None and extra_macs(uses, ops, cut, reduces=exit.reduces) > self._most_extra:
                    return
                block = self._in_strips(rows, cut)
                if block.bytes >= best:
                    return
                best = block.bytes
                yield block

    def _in_strips(self, rows: Candidate, strips: list[Columns]) -> Candidate:
        """`rows`, a block by rows, in strips: nothing may lie over the input, which each strip reads anew."""
        uses, ops = self.uses, range(rows.first, rows.end)
        storage = tuple(replace(s, width=widest(strips, s.tensor)) for s in rows.storage)
        inside = most([(storage_bytes(uses, s), moment(uses, s) or (rows.first, rows.end)) for s in storage])
        used = self._whole(rows.first, rows.end) + inside + rows.scratch + rows.sums
        calls = [len(strips) * n for n in self._calls(rows)]
        cost = schedule_cost(uses.core, schedule_terms(uses, ops, calls, storage, unit=0, reduces=rows.reduces))
        for op, n in zip(ops, calls, strict=True):
            last = rows.reduces and op == ops[-1]
            times = 1.0 if last else repeated(uses, strips, uses.writes[op][0])
            piece = widest(strips, uses.writes[op][0])
            once = self._cost(uses.kernel(op, reduces=last), op, 0, piece)
            cost += once * times + self._cost(uses.kernel(op, reduces=last), op, n, piece) - once
        extra = extra_macs(uses, ops, strips, reduces=rows.reduces)
        return replace(rows, bytes=used, cost=cost, storage=storage, distances=(), saved=0, strips=len(strips), extra=extra)

    def _alive(self, first: int, end: int) -> list[int]:
        """Tensors that lie whole in memory while operators [first, end) run as one block."""
        last = end - 1
        return [
            tensor
            for tensor, (born, dies) in self._spans.items()
            if born <= last and dies >= first and not self._internal(tensor, first, end)
        ]

    def _streams_in(self, first: int) -> bool:
        return first == 0 and self._streamed is not None

    def _internal(self, tensor: int, first: int, end: int) -> bool:
        born, dies = self._spans[tensor]
        inside = first <= born or (tensor == self._streamed and first == 0)
        return inside and dies < end and born < end - 1

    def _single_exit(self, first: int, end: int) -> bool:
        return all(self._internal(tensor, first, end) for tensor in self._inside(first, end))

    def _inside(self, first: int, end: int) -> list[int]:
        """The tensors that a block of operators [first, end) holds for itself."""
        inside = [self.uses.writes[i][0] for i in range(first, end - 1)]
        return [self._streamed, *inside] if self._streamed is not None and first == 0 else inside

    def _whole(self, first: int, end: int) -> int:
        """Bytes of the tensors that lie whole meanwhile."""
        return sum(self.uses.size(t) for t in self._alive(first, end))

    def _saved(self, end: int, distances: tuple[tuple[int, int], ...]) -> int:
        """Bytes counted twice where the output lies over the inputs that it may."""
        if not distances:
            return 0
        output = self.uses.size(self.uses.writes[end - 1][0])
        consumed = sum(self.uses.size(t) for t, _ in distances)
        return output + consumed - max(output, min(output, *(d for _, d in distances)) + consumed)

    def _layer(self, op: int) -> Candidate:
        uses = self.uses
        scratch = self._scratch(uses.kernels[op], op)
        distances = layer_distances(uses, self.rings, op)
        saved = self._saved(op + 1, distances)
        used = self._whole(op, op + 1) - saved + scratch
        cost = self._cost(uses.kernels[op], op, layer_calls(uses, op), layer_piece(uses, op))
        return Candidate(op, op + 1, "layer", used, cost, scratch=scratch, distances=distances, saved=saved)

    def _fused(self, first: int, exit: Exit) -> Candidate:
        uses, end = self.uses, exit.op + 1
        repeats = {op: self._again(op, exit) for op in exit.again}
        holdings = [self._holding(tensor, exit) for tensor in self._inside(first, end)]
        kernels = [uses.kernel(i, reduces=exit.reduces and i == exit.op) for i in range(first, end)]
        sizes = [self._scratch(kernel, i) for i, kernel in enumerate(kernels, first)]
        sums = sizes.pop() if exit.reduces else 0
        scratch = max(sizes, default=0)
        inside = sum(h.bytes for h in holdings if h.moment is None)
        inside += most([(h.bytes, h.moment) for h in holdings if h.moment is not None])
        distances = block_distances(uses, self.rings, first, exit, self._streamed)
        flow = self.rings.flow(exit)
        calls = [repeats[i].calls if i in repeats else flow.steps(i).count for i in range(first, end)]
        piece = exit.unit or ROW
        cost = sum(self._cost(kernel, i, calls[i - first], piece) for i, kernel in enumerate(kernels, first))
        cost += sum((repeat.times - 1) * self._cost(kernels[i - first], i, 0, piece) for i, repeat in repeats.items())
        storage = tuple(h.storage for h in holdings)
        ops = range(first, end)
        streamed = self._streamed if self._streams_in(first) else None
        cost += schedule_cost(
            uses.core, schedule_terms(uses, ops, calls, storage, unit=exit.unit, reduces=exit.reduces, streamed=streamed)
        )
        saved = self._saved(end, distances)
        used = self._whole(first, end) - saved + inside + scratch + sums
        mode: Mode = "pixels" if exit.unit else "rows"
        return Candidate(
            first,
            end,
            mode,
            used,
            cost,
            storage,
            scratch,
            exit.unit,
            distances,
            exit.reduces,
            sums,
            self._streams_in(first),
            saved,
            extra=extra_work(uses, list(repeats.values())),
        )

    def _again(self, op: int, exit: Exit) -> Again:
        """Operator `op` of the block that ends with `exit`, computed again for its reader's windows."""
        found = reader(self.uses, op, range(exit.op + 1))
        assert found is not None
        return again(self.uses, op, *found, exit.unit)

    def _piece(self, block: Candidate) -> int:
        """Pixels side by side that the block's kernels compute at a time."""
        return layer_piece(self.uses, block.first) if block.mode == "layer" else block.unit or ROW

    def _cost(self, kernel: Kernel, op: int, calls: int, piece: int) -> float:
        key = kernel.name, op, calls, piece
        if key not in self._costs:
            self._costs[key] = kernel_cost(kernel, self.uses.nodes[op], self.uses.core, calls, piece)
        return self._costs[key]

    def _scratch(self, kernel: Kernel, op: int) -> int:
        key = kernel.name, op
        if key not in self._scratches:
            self._scratches[key] = align(kernel.scratch(self.uses.nodes[op]))
        return self._scratches[key]

    def _holding(self, tensor: int, exit: Exit) -> Holding:
        producer = self.uses.producer.get(tensor)
        if producer is not None and producer in exit.again:
            repeat = self._again(producer, exit)
            return Holding(repeat.storage, repeat.bytes, None)
        windows = [self.uses.writes[op][0] for op in exit.again]
        if windows and any(self.uses.writes[i][0] in windows for i in self.uses.consumers.get(tensor, [])):
            storage = held(self.uses, self.rings, tensor, exit)
            return Holding(storage, storage_bytes(self.uses, storage), moment(self.uses, storage, windows))
        key = tensor, exit.unit, self.rings.ring(tensor, exit)
        if key not in self._holdings:
            storage = held(self.uses, self.rings, tensor, exit)
            self._holdings[key] = Holding(storage, storage_bytes(self.uses, storage), moment(self.uses, storage))
        return self._holdings[key]


def held(uses: Uses, rings: Rings, tensor: int, exit: Exit) -> Storage:
    """How a block that ends with `exit` holds `tensor`, which it produces."""
    ring = rings.ring(tensor, exit)
    grid = rings.flow(exit).grid(tensor)
    piece = 0 if grid.per_row == 1 else grid.unit
    if ring.slots >= grid.count:
        return Storage(tensor, "full", grid.rows, unit=piece)
    rows, slots = divmod(ring.slots, grid.per_row)
    if not slots and grid.width % grid.unit == 0:
        return Storage(tensor, "ring", rows, unit=piece)
    return Storage(tensor, "line", rows, slots * grid.unit, piece, ring.mirror * grid.unit)


def storage_bytes(uses: Uses, storage: Storage) -> int:
    """Arena bytes of a tensor held inside a block."""
    grid = uses.grid(storage.tensor, storage.unit)
    if storage.width:
        return align(storage.rows * storage.width * grid.pixel_bytes)
    if storage.hold == "window":
        return align(storage.rows * storage.pixels * grid.pixel_bytes)
    if storage.hold != "line":
        return align(storage.rows * grid.row_bytes)
    return align(slots(grid, storage) * grid.unit_bytes + storage.mirror * grid.pixel_bytes)


def slots(grid: Grid, storage: Storage) -> int:
    """Units that a ring holds; unit n lies in slot n mod this many."""
    return storage.rows * grid.per_row + storage.pixels // grid.unit


def one_call(uses: Uses, op: int) -> bool:
    """Whether a single kernel call computes the whole output: a tensor kernel, or point-wise over all rows at once."""
    kernel = uses.kernels[op]
    pointwise = all(read.region is not None and read.region.pointwise for read in uses.reads[op])
    return not kernel.rows or (kernel.any_width and pointwise)


def layer_calls(uses: Uses, op: int) -> int:
    """Kernel calls that compute the whole output of `op` on its own: one, or one a row."""
    return 1 if one_call(uses, op) else uses.tensor(uses.writes[op][0]).rows


def layer_piece(uses: Uses, op: int) -> int:
    """Pixels side by side that one of these calls computes; 0: all."""
    return 0 if one_call(uses, op) else ROW


def layer_distances(uses: Uses, rings: Rings, op: int) -> tuple[tuple[int, int], ...]:
    """The inputs that the output of `op`, run as a layer, may lie over: one for one where the operator says so, or below
    by what row calls leave behind."""
    if len(uses.writes[op]) != 1 or uses.writes[op][0] in uses.variables:
        return ()
    if not one_call(uses, op):
        return block_distances(uses, rings, op, Exit(op)) if uses.streams(op, op) else ()
    output = uses.writes[op][0]
    allowed = OPERATORS[uses.graph.ops[op].kind].in_place(uses.nodes[op])
    found = []
    for tensor in dict.fromkeys(read.tensor for read in uses.reads[op] if uses.span(read.tensor)[1] == op):
        reads = [read for read in uses.reads[op] if read.tensor == tensor]
        if all(read.index in allowed for read in reads) and uses.size(tensor) == uses.size(output):
            found.append((tensor, 0))
    return tuple(found)


def block_distances(uses: Uses, rings: Rings, first: int, exit: Exit, streamed: int | None = None) -> tuple[tuple[int, int], ...]:
    """The inputs of a row block that its output may lie over, with the bytes it must lie below each; all but the streamed one."""
    inputs = dict.fromkeys(read.tensor for i in range(first, exit.op + 1) for read in uses.reads[i])
    output = uses.size(uses.writes[exit.op][0])
    found = []
    for tensor in inputs:
        born, dies = uses.span(tensor)
        if tensor != streamed and born < first and dies <= exit.op:
            distance = align(rings.distance(tensor, first, exit))
            if distance < output:
                found.append((tensor, distance))
    return tuple(found)
