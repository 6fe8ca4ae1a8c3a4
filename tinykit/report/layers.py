"""What each layer loses by int8, for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinykit.report.model import Report


def print_layers(report: Report, console: Console) -> None:
    """Write a row for each activation, as far as `report` has them."""
    if not report.layers:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("layer", header_style="bold", overflow="fold")
    table.add_column("operator", header_style="bold", overflow="fold")
    for heading in ("output", "rounded", "weights", "decisions changed", "type"):
        table.add_column(heading, header_style="bold", justify="right", no_wrap=True)
    for layer in report.layers:
        shape = "×".join(map(str, layer.shape))
        changed = f"{layer.changed:.1%}" if layer.changed else ""
        row = (layer.layer, layer.operator, shape, _decibels(layer.rounded), _decibels(layer.weights), changed)
        table.add_row(*map(Text, (*row, "int16" if layer.int16 else "int8")))
    console.print(table)


def _decibels(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.1f} dB"
