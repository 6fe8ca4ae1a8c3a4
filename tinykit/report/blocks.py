"""A plan step by step, and the plans worth having, for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinykit.report.model import Block, Point, Report
from tinykit.report.words import kernel

_BAR = 16
_WIDE = 130
"""Columns of a terminal that shows everything."""


def print_blocks(report: Report, console: Console) -> None:
    """Write the frontier and a row for each step, as far as `report` has them."""
    if report.pareto:
        console.print(_frontier(report.pareto))
        console.print()
    if report.blocks:
        console.print(_steps(report.blocks, wide=console.width >= _WIDE))


def _table(*headings: tuple[str, bool]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, number in headings:
        table.add_column(heading, header_style="bold", justify="right" if number else "left", no_wrap=number)
    return table


def _frontier(points: tuple[Point, ...]) -> Table:
    table = _table(("arena", True), ("work", True), ("instructions", True), ("", True))
    fastest = points[0].instructions
    for point in points:
        more = f"{point.instructions / fastest - 1:+.1%}" if fastest else ""
        table.add_row(f"{point.arena:,}", f"x{point.work_factor:.2f}", f"{point.instructions:,}", more)
    return table


def _steps(blocks: tuple[Block, ...], *, wide: bool) -> Table:
    """Operators, how they run, bytes in use, work done again, instructions; with more room, a bar of the bytes against the most
    there are. Kernels stand below their operators."""
    measured = any(block.measured is not None for block in blocks)
    again = any(block.repeated for block in blocks)
    table = _table(("step", True))
    table.add_column("operators", header_style="bold", overflow="fold", min_width=18)
    for heading, number, shown in (
        ("output", False, wide), ("how", False, True), ("bytes", True, True), ("", False, wide), ("MACs", True, wide),
        ("again", True, again),
        ("predicted", True, True), ("measured", True, measured), ("share", True, measured), ("per MAC", True, measured),
    ):  # fmt: skip
        if shown:
            table.add_column(heading, header_style="bold", justify="right" if number else "left", no_wrap=number)
    most = max(block.bytes for block in blocks) or 1
    total = sum(block.measured or 0 for block in blocks) or 1
    for n, block in enumerate(blocks):
        row = [
            str(n),
            _named(block.operators) + (f"\n  {_named(tuple(map(kernel, block.kernels)))}" if wide or measured else ""),
            *(["×".join(map(str, block.output))] if wide else []),
            block.tiling,
            f"{block.bytes:,}",
            *(["█" * max(round(_BAR * block.bytes / most), 1), f"{block.macs:,}"] if wide else []),
            *([f"{block.repeated / (block.macs - block.repeated):+.1%}" if block.repeated else ""] if again else []),
            f"{block.predicted:,}",
        ]
        if measured:
            taken = block.measured or 0
            row += [f"{taken:,}", f"{taken / total:.1%}", f"{taken / block.macs:.2f}" if block.macs else ""]
        table.add_row(*map(Text, row))
    return table


def _named(operators: tuple[str, ...]) -> str:
    """`CONV_2D, DEPTHWISE_CONV_2D ×2`: each kind in order, repeats counted."""
    counts: dict[str, int] = {}
    for kind in operators:
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(kind if n == 1 else f"{kind} ×{n}" for kind, n in counts.items())
