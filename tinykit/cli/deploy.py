"""`tinykit deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
    MinRamOption,
    ModelArgument,
    Optimize,
    OptimizeOption,
    OverheadOption,
    SchemeOption,
    SearchSecondsOption,
    SramOption,
    StreamOption,
    TargetOption,
    TimeLimitOption,
    Weights,
    WeightsOption,
)
from tinykit.cli.output import Output


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
    min_ram: MinRamOption = None,
    sram: SramOption = None,
    scheme: SchemeOption = None,
    stream_input: StreamOption = False,
    max_overhead: OverheadOption = None,
    search_seconds: SearchSecondsOption = None,
    weights: WeightsOption = Weights.flash,
    frontend: FrontendOption = None,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    flash: FlashOption = True,
    time_limit: TimeLimitOption = None,
    as_json: JsonOption = False,
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
        min_ram=min_ram,
        sram=sram,
        scheme=scheme and scheme.value,
        stream_input=stream_input,
        max_overhead=max_overhead,
        search_seconds=search_seconds,
        weights=weights.value,
        frontend=frontend,
        compiler=compiler.value,
        optimize=optimize.value,
        flash=flash,
        time_limit=time_limit,
        progress=output.progress,
    )
    return output.report(report)


def profile(
    context: typer.Context,
    model: ModelArgument = None,
    board: BoardOption = None,
    target: TargetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The project's folder. Default: build/MODEL-BOARD.")
    ] = None,
    min_ram: MinRamOption = None,
    sram: SramOption = None,
    scheme: SchemeOption = None,
    stream_input: StreamOption = False,
    max_overhead: OverheadOption = None,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    as_json: JsonOption = False,
) -> int:
    """Deploy a model and show what each step of its plan takes, beside what was predicted; layer by layer with --scheme layer."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.deploy(
        model,
        board=board,
        target=target,
        out=out,
        min_ram=min_ram,
        sram=sram,
        scheme=scheme and scheme.value,
        stream_input=stream_input,
        max_overhead=max_overhead,
        compiler=compiler.value,
        optimize=optimize.value,
        progress=output.progress,
    )
    return output.report(report, blocks=True)


def register(app: typer.Typer) -> None:
    app.command()(deploy)
    app.command()(profile)
