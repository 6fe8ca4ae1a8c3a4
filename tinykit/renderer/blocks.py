"""Blocks as the C they become: which kernel calls, on which rows, in which loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from tinykit.ops.base import Access, Region
from tinykit.planner.blocks import one_call, slots
from tinykit.planner.format import Block, Plan, Storage
from tinykit.planner.grid import Grid
from tinykit.planner.strips import columns
from tinykit.planner.uses import Read, Uses
from tinykit.renderer.text import comment, shape


@dataclass(frozen=True)
class Window:
    """The rows of one input that a row call reads: `count` rows from `first` (an expression in the output row)."""

    at: int
    """Position of the first pointer in the call's array."""
    tensor: str
    first: str
    count: int
    height: int
    held: int
    row_bytes: int
    strip: str = ""
    """Of rows held in strips: the strip's first column and their layout."""
    line: str = ""
    """Of a ring of pixels: the first column read and the ring's layout."""
    spread: str = ""
    """Where the rows are drawn out: the first of the places they go to, how many there are, and the step between two rows."""
    places: int = 0
    """Pointers taken."""

    @property
    def whole(self) -> bool:
        return self.held == self.height


@dataclass(frozen=True)
class Fill:
    """What a call has computed again before it reads: the window of a point-wise operator's result, as C expressions."""

    kernel: str
    op: int
    summary: str
    scratch: str
    at: int
    window: str
    first: str
    count: int
    height: int
    row_bytes: int
    pixel_bytes: int
    column: str
    left: str
    right: str
    left_before: str
    right_before: str
    source: str
    """How `source` is set to where row `y` of the operator's input begins."""


@dataclass(frozen=True)
class Call:
    """One operator in a block."""

    op: int
    kernel: str
    summary: str
    output: str
    place: str
    """Where a call writes: an expression in the units produced so far."""
    first_pixel: str
    end_pixel: str
    scratch: str
    inputs: tuple[str, ...]
    once: bool
    """One call computes the whole output."""
    rows_kernel: bool
    windows: tuple[Window, ...] = ()
    fill: Fill | None = None
    units: int = 1
    slot: str = ""
    mirror: str = ""
    reduces: str = ""
    """Of a call that sums up its input: the pixels of the row that it takes, its first element and how many."""
    wants: str = ""
    """In a row block: how many units of this operator's output its consumers ask for."""

    @property
    def pointers(self) -> int:
        fill = [self.fill.at + self.fill.count] if self.fill else []
        return max((*fill, *(w.at + w.places for w in self.windows)), default=0)


@dataclass(frozen=True)
class Arrival:
    """How a streamed input comes in: unit n of `units` is `bytes` long (an expression) and goes to `place`."""

    tensor: str
    units: int
    bytes: str
    place: str
    slot: str
    mirror: str
    wants: str
    unit_bytes: int
    row_bytes: int


@dataclass(frozen=True)
class BlockCode:
    """What the model.c template needs of one block."""

    index: int
    mode: str
    calls: tuple[Call, ...]
    pointers: int
    storage: tuple[str, ...]
    order: str
    units: str
    sums: int = 0
    """Bytes of a reduction's accumulators."""
    streamed: Arrival | None = None
    strips: tuple[tuple[int, ...], ...] = ()
    """Of each column strip: first and end column of every tensor, one after the other."""


def block_code(uses: Uses, plan: Plan, index: int) -> BlockCode:
    """The C of block `index` of `plan`, as values for the template."""
    block = plan.blocks[index]
    scratch = f"scratch{index}"
    scratch_at = f"SCRATCH{index}" if any(b.name == scratch for b in plan.buffers) else "0"
    layout = _Layout(uses, block, plan.kernels)
    calls = tuple(_call(layout, op, scratch_at) for op in block.ops if op not in layout.again)
    order = (
        f"in {block.strips} column strips, row by row"
        if block.strips > 1
        else "row by row"
        if block.mode == "rows"
        else f"{block.unit} pixels at a time"
        if block.unit > 1
        else "pixel by pixel"
    )
    units = "pieces of rows" if block.unit else "rows"
    pointers = max((c.pointers for c in calls), default=0)
    sums = next((b.size for b in plan.buffers if b.name == f"sums{index}"), 0)
    return BlockCode(
        index=index,
        mode=block.mode,
        calls=calls,
        pointers=pointers,
        storage=tuple(_held(uses, s) for s in block.storage),
        order=order,
        units=units,
        sums=sums,
        streamed=_arrival(layout) if block.streamed else None,
        strips=tuple(tuple(end for t in layout.order for end in strip[t]) for strip in layout.strips),
    )


def _arrival(layout: _Layout) -> Arrival:
    tensor = layout.uses.inputs[0]
    grid, held = layout.grid(tensor), layout.held[tensor]
    return Arrival(
        tensor=f"T{tensor}",
        units=grid.count,
        bytes=_times(layout.pixels(tensor), grid.pixel_bytes),
        place=_place(layout, tensor, held),
        slot=_slot(layout, tensor),
        mirror=_mirror(layout, tensor),
        wants=_wants(layout, tensor),
        unit_bytes=grid.unit_bytes,
        row_bytes=grid.row_bytes,
    )


def _held(uses: Uses, storage: Storage) -> str:
    tensor = uses.tensor(storage.tensor)
    if storage.hold == "window":
        return f"t{storage.tensor} {shape(tensor.shape)}: windows of {storage.rows}x{storage.pixels}, computed again"
    pixels = (
        f" and {storage.pixels} pixels" if storage.hold == "line" else f" {storage.width} pixels wide" if storage.width else ""
    )
    return f"t{storage.tensor} {shape(tensor.shape)}: {storage.rows}{pixels} of {tensor.rows} rows"


class _Layout:
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
        return "0" if grid.per_row == 1 else _times(f"{self.counter(tensor)} % {grid.per_row}", grid.unit)

    def pixels(self, tensor: int) -> str:
        """How many pixels the tensor's next unit has, in C."""
        grid = self.grid(tensor)
        if self.strips:
            return f"({self.end(tensor)} - {self.column(tensor)})"
        if grid.width % grid.unit == 0:
            return str(grid.unit)
        return f"tk_min({grid.unit}, {grid.width} - {self.column(tensor)})"


def _call(layout: _Layout, op: int, scratch: str) -> Call:
    uses, block = layout.uses, layout.block
    kernel, node = uses.choices(op, reduces=layout.reduces(op))[layout.kernels[op]], uses.nodes[op]
    output = uses.writes[op][0]
    grid = layout.grid(output)
    once = block.mode == "layer" and one_call(uses, op)
    held = layout.held.get(output)
    column, pixels = layout.column(output), layout.pixels(output)
    if once:
        pixels = str(grid.rows * grid.width)
    return Call(
        op=op,
        kernel=kernel.name,
        summary=_summary(uses, op),
        output=f"T{output}",
        place=f"T{output}" if once else _place(layout, output, held),
        first_pixel=column,
        end_pixel=layout.end(output) if layout.strips else pixels if column == "0" else f"{column} + {pixels}",
        scratch=scratch if kernel.scratch(node) else "0",
        inputs=tuple(f"T{read.tensor}" for read in uses.reads[op]),
        once=once,
        rows_kernel=kernel.rows,
        windows=() if once else _windows(layout, op, output),
        fill=None if once else _fill(layout, op, scratch),
        units=grid.count,
        reduces=_piece(layout, output) if layout.reduces(op) else "",
        slot=_slot(layout, output),
        mirror=_mirror(layout, output),
        wants=_wants(layout, output),
    )


def _summary(uses: Uses, op: int) -> str:
    node = uses.nodes[op]
    reads = ", ".join(f"t{r.tensor} [{shape(uses.tensor(r.tensor).shape)}]" for r in uses.reads[op])
    writes = ", ".join(f"t{t} [{shape(uses.tensor(t).shape)}]" for t in uses.writes[op])
    return f"{comment(node.op.label or node.op.kind)}: {reads} -> {writes}"


def _place(layout: _Layout, output: int, held: Storage | None) -> str:
    grid, counter = layout.grid(output), layout.counter(output)
    if held is not None and held.width:
        row = "" if held.rows == 1 else f" + {counter} % {held.rows} * {held.width * grid.pixel_bytes}"
        return f"T{output}{row}"
    if layout.strips:
        return f"T{output} + {_times(counter, grid.row_bytes)} + {_times(layout.column(output), grid.pixel_bytes)}"
    if held is not None and held.hold != "full":
        count = slots(grid, held)
        slot = (
            "" if count == 1 else f" + slot * {grid.unit_bytes}" if held.mirror else f" + {counter} % {count} * {grid.unit_bytes}"
        )
        return f"T{output}{slot}"
    if grid.count == 1:
        return f"T{output}"
    if grid.width % grid.unit == 0:
        return f"T{output} + {_times(counter, grid.unit_bytes)}"
    row, column = _times(layout.row(output), grid.row_bytes), _times(layout.column(output), grid.pixel_bytes)
    return f"T{output} + {row} + {column}"


def _piece(layout: _Layout, output: int) -> str:
    """Start in the row, first element and count of the next unit that a reduction takes."""
    grid = layout.grid(output)
    column, pixels = layout.column(output), layout.pixels(output)
    start = _times(column, grid.pixel_bytes)
    row = _times(layout.row(output), grid.row_bytes)
    first = row if start == "0" else f"{row} + {start}"
    return (
        f"rows[0] + {start}, {first}, {_times(pixels, grid.pixel_bytes)}"
        if start != "0"
        else f"rows[0], {first}, {grid.row_bytes}"
    )


def _slot(layout: _Layout, tensor: int) -> str:
    """The slot of the tensor's next unit, where it matters to the mirror."""
    held = layout.held.get(tensor)
    return f"{layout.counter(tensor)} % {slots(layout.grid(tensor), held)}" if held and held.mirror else ""


def _mirror(layout: _Layout, tensor: int) -> str:
    held, grid = layout.held.get(tensor), layout.grid(tensor)
    return f"{held.mirror // grid.unit}, {slots(grid, held)}, {grid.unit_bytes}" if held and held.mirror else ""


def _windows(layout: _Layout, op: int, output: int) -> tuple[Window, ...]:
    uses = layout.uses
    windows = []
    at = 0
    for read in uses.reads[op]:
        region = layout.region(read, op)
        view = uses.tensor(read.tensor) if layout.reduces(op) else uses.nodes[op].input(read.index)
        access = region.rows
        held = layout.held.get(read.tensor)
        if held is not None and held.hold == "window":
            at += access.extent
            continue
        line = ""
        if held is not None and held.hold == "line":
            grid = layout.grid(read.tensor)
            column = _source(_first(region.cols, layout.column(output)), region.cols)
            line = f"{column}, {grid.per_row}, {grid.unit}, {slots(grid, held)}, {grid.unit_bytes}"
        strip = ""
        if held is not None and held.width:
            pixel = layout.grid(read.tensor).pixel_bytes
            strip = f"{layout.column(read.tensor)}, {held.rows}, {held.width * pixel}, {pixel}"
        rows = held.rows if held is not None else view.rows
        first = _first(access, layout.row(output))
        count = (access.extent - 1) // access.spread + 1
        spread = f"{first}, {access.extent}, {access.spread}" if access.spread > 1 else ""
        source = _source(first, access)
        windows.append(
            Window(at, f"T{read.tensor}", source, count, view.rows, rows, view.row_bytes, strip, line, spread, access.extent)
        )
        at += access.extent
    return tuple(windows)


def _fill(layout: _Layout, op: int, scratch: str) -> Fill | None:
    uses, at = layout.uses, 0
    for read in uses.reads[op]:
        held = layout.held.get(read.tensor)
        region = layout.region(read, op)
        if held is not None and held.hold == "window":
            break
        at += region.rows.extent
    else:
        return None
    producer, output = uses.producer[read.tensor], uses.writes[op][0]
    grid, cols, kernel = layout.grid(read.tensor), region.cols, uses.choices(producer)[layout.kernels[producer]]
    column, pixels, unit = layout.column(output), layout.pixels(output), layout.block.unit
    last = f"({column} + {pixels} - 1)" if pixels != "1" else f"({column})"
    return Fill(
        kernel=kernel.name,
        op=producer,
        summary=_summary(uses, producer),
        scratch=scratch if kernel.scratch(uses.nodes[producer]) else "0",
        at=at,
        window=f"T{read.tensor}",
        first=_first(region.rows, layout.row(output)),
        count=region.rows.extent,
        height=grid.rows,
        row_bytes=held.pixels * grid.pixel_bytes,
        pixel_bytes=grid.pixel_bytes,
        column=column,
        left=f"tk_min(tk_max({_first(cols, f'({column})')}, 0), {grid.width})",
        right=f"tk_min({last} * {cols.stride} + {cols.extent - cols.before}, {grid.width})",
        left_before=f"tk_max({_first(cols, f'({column} - {unit})')}, 0)",
        right_before=f"tk_min(({column} - 1) * {cols.stride} + {cols.extent - cols.before}, {grid.width})",
        source=_begin_of_row(layout, producer),
    )


def _begin_of_row(layout: _Layout, producer: int) -> str:
    """C that points `source` to where row `y` of the input of operator `producer` begins; columns are read from `from`."""
    (read,) = layout.uses.reads[producer]
    grid, held = layout.grid(read.tensor), layout.held.get(read.tensor)
    if held is None or held.hold == "full":
        return f"source = T{read.tensor} + y * {grid.row_bytes};"
    if held.hold == "ring":
        return f"source = T{read.tensor} + y % {held.rows} * {grid.row_bytes};"
    layout_of = f"{grid.per_row}, {grid.unit}, {slots(grid, held)}, {grid.unit_bytes}"
    return f"tk_line_rows(&source, T{read.tensor}, y, 1, {grid.rows}, from, {layout_of});"


def _times(text: str, factor: int) -> str:
    return text if factor == 1 else "0" if text == "0" else f"{text} * {factor}"


def _first(access: Access, place: str) -> str:
    scaled = _times(place, access.stride)
    if not access.before:
        return scaled
    if scaled == "0":
        return str(-access.before)
    return f"{scaled} {'-' if access.before > 0 else '+'} {abs(access.before)}"


def _source(place: str, access: Access) -> str:
    """The first row or column of the input from `place` on."""
    return f"tk_ceil({place}, {access.spread})" if access.spread > 1 else place


def _count(first: str, extent: str, access: Access) -> str:
    """How many rows or columns of the input there are among `extent` places from `first` on."""
    if access.spread == 1:
        return extent
    return f"tk_ceil({first} + {extent}, {access.spread}) - {_source(first, access)}"


def _wants(layout: _Layout, tensor: int) -> str:
    """The most units of `tensor` that the next unit of a consumer in the block needs; 0 while none is wanted itself."""
    uses, block = layout.uses, layout.block
    if tensor == layout.exit:
        return ""
    found = [
        f"(n{output} < want{output} ? {_want(layout, read, op, output)} : 0)"
        for op in block.ops
        if op not in layout.again
        for output in uses.writes[op]
        for read in uses.reads[op]
        if tensor in (read.tensor, layout.origin(read.tensor))
    ]
    return reduce(lambda most, want: f"tk_max({most}, {want})", found)


def _want(layout: _Layout, read: Read, op: int, output: int) -> str:
    region = layout.region(read, op)
    rows, cols = region.rows, region.cols
    grid = layout.grid(read.tensor)
    if layout.block.unit == 0:
        last = rows.extent - rows.before
        scaled = _times(layout.row(output), rows.stride)
        end = _source(f"{scaled} {'+' if last >= 0 else '-'} {abs(last)}", rows)
        return f"tk_min({end}, {grid.rows})"
    pixels = layout.pixels(output)
    wide = (
        str((int(pixels) - 1) * cols.stride + cols.extent)
        if pixels.isdigit()
        else f"({pixels} - 1) * {cols.stride} + {cols.extent}"
    )
    top, left = _first(rows, layout.row(output)), _first(cols, layout.column(output))
    return (
        f"tk_units({_source(top, rows)}, {_count(top, str(rows.extent), rows)}, {grid.rows}, "
        f"{_source(left, cols)}, {_count(left, wide, cols)}, {grid.width}, {grid.per_row}, {grid.unit})"
    )
