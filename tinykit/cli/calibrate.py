"""`tinykit calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykit.cli.options import BoardOption, JsonOption, TargetOption
from tinykit.cli.output import Output
from tinykit.errors import EXACT


def calibrate(
    context: typer.Context,
    board: BoardOption = None,
    target: TargetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The table to write. Default: costs/CORE.json here, where plan finds it.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(help="Only these, comma-separated; the rest of the table stays.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare the table there is; write nothing.")] = False,
    samples: Annotated[
        Path | None, typer.Option(help="A file that keeps the measurements, so that none is made twice.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Measure what kernels take on a board's core, and fit the table that plans are predicted with."""
    from tinykit.calibration import calibrate as fit
    from tinykit.pipeline import DEFAULT_BOARD
    from tinykit.steps import find_board

    output = Output.of(context, as_json)
    chosen = find_board(board or DEFAULT_BOARD)
    written = out or Path("costs") / f"{chosen.core.name}.json"
    only = [group.strip() for group in groups.split(",")] if groups else ()
    found = fit(chosen, written, target=target, only=only, check=check, samples=samples, progress=output.progress)
    columns = [("block", "block"), ("measured", "measured"), ("predicted", "predicted"), ("error, %", "percent")]
    output.listing("samples", found, columns)
    return EXACT


def register(app: typer.Typer) -> None:
    app.command()(calibrate)
