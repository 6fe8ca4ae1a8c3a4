"""`tinykit init`."""

from __future__ import annotations

import typer

from tinykit.cli.options import BoardOption, CalibrationOption, DataOption, JsonOption, ModelArgument, TargetOption
from tinykit.cli.output import Output


def init(
    context: typer.Context,
    model: ModelArgument = None,
    board: BoardOption = None,
    target: TargetOption = None,
    calibration: CalibrationOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write a tinykit.toml here, so that `tinykit deploy` needs no arguments."""
    from tinykit import pipeline

    return Output.of(context, as_json).report(
        pipeline.init(model, board=board, target=target, calibration=calibration, data=data)
    )


def register(app: typer.Typer) -> None:
    app.command()(init)
