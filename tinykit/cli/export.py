"""`tinykit export`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from tinykit.cli.options import (
    BoardOption,
    JsonOption,
    MinRamOption,
    ModelArgument,
    OverheadOption,
    SchemeOption,
    SramOption,
    StreamOption,
)
from tinykit.cli.output import Output


class Form(str, Enum):
    """What other build systems want."""

    pio_lib = "pio-lib"
    arduino = "arduino"
    cmake = "cmake"
    zephyr = "zephyr"
    esp_idf = "esp-idf"


def export(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--as", help="The build system the library is for.")],
    model: ModelArgument = None,
    board: BoardOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The library's folder. Default: build/MODEL-FORM.")
    ] = None,
    min_ram: MinRamOption = None,
    sram: SramOption = None,
    scheme: SchemeOption = None,
    stream_input: StreamOption = False,
    max_overhead: OverheadOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write a model as a library for your own firmware, with an example; the board says for which core and how much SRAM."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.export(
        model, form=form.value, board=board, out=out, min_ram=min_ram, sram=sram, scheme=scheme and scheme.value,
        stream_input=stream_input, max_overhead=max_overhead, progress=output.progress,
    )  # fmt: skip
    return output.report(report)


def register(app: typer.Typer) -> None:
    app.command()(export)
