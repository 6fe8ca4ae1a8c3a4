"""`tinykit deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tinykit.cli.options import (
    BoardOption,
    CalibrationOption,
    Compiler,
    CompilerOption,
    DataOption,
    FlashOption,
    FrontendOption,
    JsonOption,
    ModelArgument,
    Optimize,
    OptimizeOption,
    TargetOption,
    TimeLimitOption,
)
from tinykit.cli.output import Output
from tinykit.cli.planner_options import with_planner_options


@with_planner_options
def deploy(
    context: typer.Context,
    model: ModelArgument = None,
    board: BoardOption = None,
    target: TargetOption = None,
    data: DataOption = None,
    calibration: CalibrationOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The project's folder. Default: build/MODEL-BOARD.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(help="Use this plan.json instead of searching for a plan.", show_default=False)
    ] = None,
    frontend: FrontendOption = None,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    flash: FlashOption = True,
    time_limit: TimeLimitOption = None,
    as_json: JsonOption = False,
    **planning: Any,
) -> int:
    """Quantise, plan, render, build, run and verify a model on a board, byte for byte."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.deploy(
        model,
        board=board,
        target=target,
        data=data,
        calibration=calibration,
        out=out,
        plan=plan,
        frontend=frontend,
        compiler=compiler.value,
        optimize=optimize.value,
        flash=flash,
        time_limit=time_limit,
        progress=output.progress,
        **planning,
    )
    return output.report(report)


@with_planner_options
def profile(
    context: typer.Context,
    model: ModelArgument = None,
    board: BoardOption = None,
    target: TargetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The project's folder. Default: build/MODEL-BOARD.")
    ] = None,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    as_json: JsonOption = False,
    **planning: Any,
) -> int:
    """Deploy a model and show what each step of its plan takes, beside what was predicted; layer by layer with --scheme layer."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.deploy(
        model,
        board=board,
        target=target,
        out=out,
        compiler=compiler.value,
        optimize=optimize.value,
        progress=output.progress,
        **planning,
    )
    return output.report(report, blocks=True)


def register(app: typer.Typer) -> None:
    app.command()(deploy)
    app.command()(profile)
