"""The rows that a call reads: pointers into maps, rings and strips, and windows that are computed again."""

from __future__ import annotations

from dataclasses import dataclass

from tinykit.planner.blocks import slots
from tinykit.renderer.layout import BlockLayout, first_place, source_place, summary_of


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


def windows_of(layout: BlockLayout, op: int, output: int) -> tuple[Window, ...]:
    """What a call of operator `op` that writes `output` reads, input by input; windows computed again are left out."""
    uses = layout.uses
    windows = []
    at = 0
    for read in uses.reads[op]:
        region = layout.region(read, op)
        view = uses.tensor(read.tensor) if layout.reduces(op) else uses.view(op, read)
        access = region.rows
        held = layout.held.get(read.tensor)
        if held is not None and held.hold == "window":
            at += access.extent
            continue
        line = ""
        if held is not None and held.hold == "line":
            grid = layout.grid(read.tensor)
            column = source_place(first_place(region.cols, layout.column(output)), region.cols)
            line = f"{column}, {grid.per_row}, {grid.unit}, {slots(grid, held)}, {grid.unit_bytes}"
        strip = ""
        if held is not None and held.width:
            pixel = layout.grid(read.tensor).pixel_bytes
            strip = f"{layout.column(read.tensor)}, {held.rows}, {held.width * pixel}, {pixel}"
        rows = held.rows if held is not None else view.rows
        first = first_place(access, layout.row(output))
        count = (access.extent - 1) // access.spread + 1
        spread = f"{first}, {access.extent}, {access.spread}" if access.spread > 1 else ""
        source = source_place(first, access)
        windows.append(
            Window(at, f"T{read.tensor}", source, count, view.rows, rows, view.row_bytes, strip, line, spread, access.extent)
        )
        at += access.extent
    return tuple(windows)


def fill_of(layout: BlockLayout, op: int, scratch: str) -> Fill | None:
    """What a call of operator `op` has computed again before it reads; None where all it reads is held."""
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
        summary=summary_of(uses, producer),
        scratch=scratch if kernel.scratch(uses.nodes[producer]) else "0",
        at=at,
        window=f"T{read.tensor}",
        first=first_place(region.rows, layout.row(output)),
        count=region.rows.extent,
        height=grid.rows,
        row_bytes=held.pixels * grid.pixel_bytes,
        pixel_bytes=grid.pixel_bytes,
        column=column,
        left=f"tk_min(tk_max({first_place(cols, f'({column})')}, 0), {grid.width})",
        right=f"tk_min({last} * {cols.stride} + {cols.extent - cols.before}, {grid.width})",
        left_before=f"tk_max({first_place(cols, f'({column} - {unit})')}, 0)",
        right_before=f"tk_min(({column} - 1) * {cols.stride} + {cols.extent - cols.before}, {grid.width})",
        source=_begin_of_row(layout, producer),
    )


def _begin_of_row(layout: BlockLayout, producer: int) -> str:
    """C that points `source` to where row `y` of the input of operator `producer` begins; columns are read from `from`."""
    (read,) = layout.uses.reads[producer]
    grid, held = layout.grid(read.tensor), layout.held.get(read.tensor)
    if held is None or held.hold == "full":
        return f"source = T{read.tensor} + y * {grid.row_bytes};"
    if held.hold == "ring":
        return f"source = T{read.tensor} + y % {held.rows} * {grid.row_bytes};"
    layout_of = f"{grid.per_row}, {grid.unit}, {slots(grid, held)}, {grid.unit_bytes}"
    return f"tk_line_rows(&source, T{read.tensor}, y, 1, {grid.rows}, from, {layout_of});"
