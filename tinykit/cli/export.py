"""`tinykit export`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from tinykit.cli.options import (
    BoardOption,
    JsonOption,
    ModelArgument,
)
from tinykit.cli.output import Output
from tinykit.cli.planner_options import with_planner_options


class Form(str, Enum):
    """What other build systems want."""

    pio_lib = "pio-lib"
    arduino = "arduino"
    cmake = "cmake"
    zephyr = "zephyr"
    esp_idf = "esp-idf"


@with_planner_options
def export(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--as", help="The build system the library is for.")],
    model: ModelArgument = None,
    board: BoardOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The library's folder. Default: build/MODEL-FORM.")
    ] = None,
    as_json: JsonOption = False,
    **planning: Any,
) -> int:
    """Write a model as a library for your own firmware, with an example; the board says for which core and how much SRAM."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.export(
        model, form=form.value, board=board, out=out, progress=output.progress, **planning
    )
    return output.report(report)


def register(app: typer.Typer) -> None:
    app.command()(export)
