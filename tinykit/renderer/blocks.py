"""Blocks as the C they become: which kernel calls, on which rows, in which loops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from tinykit.planner.blocks import one_call, slots
from tinykit.planner.format import Plan, Storage
from tinykit.planner.uses import Read, Uses
from tinykit.renderer.layout import BlockLayout, count_places, first_place, source_place, summary_of, times
from tinykit.renderer.reads import Fill, Window, fill_of, windows_of
from tinykit.renderer.text import shape


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
    layout = BlockLayout(uses, block, plan.kernels)
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


def _arrival(layout: BlockLayout) -> Arrival:
    tensor = layout.uses.inputs[0]
    grid, held = layout.grid(tensor), layout.held[tensor]
    return Arrival(
        tensor=f"T{tensor}",
        units=grid.count,
        bytes=times(layout.pixels(tensor), grid.pixel_bytes),
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


def _call(layout: BlockLayout, op: int, scratch: str) -> Call:
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
        summary=summary_of(uses, op),
        output=f"T{output}",
        place=f"T{output}" if once else _place(layout, output, held),
        first_pixel=column,
        end_pixel=layout.end(output) if layout.strips else pixels if column == "0" else f"{column} + {pixels}",
        scratch=scratch if kernel.scratch(node) else "0",
        inputs=tuple(f"T{read.tensor}" for read in uses.reads[op]),
        once=once,
        rows_kernel=kernel.rows,
        windows=() if once else windows_of(layout, op, output),
        fill=None if once else fill_of(layout, op, scratch),
        units=grid.count,
        reduces=_piece(layout, output) if layout.reduces(op) else "",
        slot=_slot(layout, output),
        mirror=_mirror(layout, output),
        wants=_wants(layout, output),
    )


def _place(layout: BlockLayout, output: int, held: Storage | None) -> str:
    grid, counter = layout.grid(output), layout.counter(output)
    if held is not None and held.width:
        row = "" if held.rows == 1 else f" + {counter} % {held.rows} * {held.width * grid.pixel_bytes}"
        return f"T{output}{row}"
    if layout.strips:
        return f"T{output} + {times(counter, grid.row_bytes)} + {times(layout.column(output), grid.pixel_bytes)}"
    if held is not None and held.hold != "full":
        count = slots(grid, held)
        slot = (
            "" if count == 1 else f" + slot * {grid.unit_bytes}" if held.mirror else f" + {counter} % {count} * {grid.unit_bytes}"
        )
        return f"T{output}{slot}"
    if grid.count == 1:
        return f"T{output}"
    if grid.width % grid.unit == 0:
        return f"T{output} + {times(counter, grid.unit_bytes)}"
    row, column = times(layout.row(output), grid.row_bytes), times(layout.column(output), grid.pixel_bytes)
    return f"T{output} + {row} + {column}"


def _piece(layout: BlockLayout, output: int) -> str:
    """Start in the row, first element and count of the next unit that a reduction takes."""
    grid = layout.grid(output)
    column, pixels = layout.column(output), layout.pixels(output)
    start = times(column, grid.pixel_bytes)
    row = times(layout.row(output), grid.row_bytes)
    first = row if start == "0" else f"{row} + {start}"
    return (
        f"rows[0] + {start}, {first}, {times(pixels, grid.pixel_bytes)}"
        if start != "0"
        else f"rows[0], {first}, {grid.row_bytes}"
    )


def _slot(layout: BlockLayout, tensor: int) -> str:
    """The slot of the tensor's next unit, where it matters to the mirror."""
    held = layout.held.get(tensor)
    return f"{layout.counter(tensor)} % {slots(layout.grid(tensor), held)}" if held and held.mirror else ""


def _mirror(layout: BlockLayout, tensor: int) -> str:
    held, grid = layout.held.get(tensor), layout.grid(tensor)
    return f"{held.mirror // grid.unit}, {slots(grid, held)}, {grid.unit_bytes}" if held and held.mirror else ""


def _wants(layout: BlockLayout, tensor: int) -> str:
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


def _want(layout: BlockLayout, read: Read, op: int, output: int) -> str:
    region = layout.region(read, op)
    rows, cols = region.rows, region.cols
    grid = layout.grid(read.tensor)
    if layout.block.unit == 0:
        last = rows.extent - rows.before
        scaled = times(layout.row(output), rows.stride)
        end = source_place(f"{scaled} {'+' if last >= 0 else '-'} {abs(last)}", rows)
        return f"tk_min({end}, {grid.rows})"
    pixels = layout.pixels(output)
    wide = (
        str((int(pixels) - 1) * cols.stride + cols.extent)
        if pixels.isdigit()
        else f"({pixels} - 1) * {cols.stride} + {cols.extent}"
    )
    top, left = first_place(rows, layout.row(output)), first_place(cols, layout.column(output))
    return (
        f"tk_units({source_place(top, rows)}, {count_places(top, str(rows.extent), rows)}, {grid.rows}, "
        f"{source_place(left, cols)}, {count_places(left, wide, cols)}, {grid.width}, {grid.per_row}, {grid.unit})"
    )
