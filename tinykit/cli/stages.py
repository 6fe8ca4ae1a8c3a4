"""The stages of `deploy`, each a command on the file of the one before."""

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
from tinykit.errors import EXACT, InputError

ProjectArgument = Annotated[Path, typer.Argument(metavar="DIR", help="A project made by tinykit render.")]


def quantize(
    context: typer.Context,
    model: ModelArgument = None,
    calibration: CalibrationOption = None,
    data: Annotated[
        Path | None, typer.Option(help="Labelled inputs to measure the accuracy on: .npz with x and y.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The .tflite to write. Default: MODEL.int8.tflite here.")
    ] = None,
    activations: Annotated[
        str, typer.Option(metavar="int8|int16", help="The type of inputs, outputs and activations; weights are int8.")
    ] = "int8",
    layers: Annotated[bool, typer.Option("--layers", help="Show what each layer loses by int8.")] = False,
    int16_layers: Annotated[
        str,
        typer.Option(
            metavar="auto|NAMES",
            help="Layers, joined by commas, whose activations are int16 beside int8; auto: as few as it takes to be within "
            "a point of the float model on --data.",
            show_default=False,
        ),
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Make a full-integer .tflite of a Keras model."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.quantize(
        model,
        calibration=calibration,
        data=data,
        out=out,
        activations=activations,
        layers=layers,
        int16_layers=[name.strip() for name in int16_layers.split(",") if name.strip()],
        progress=output.progress,
    )
    return output.report(report, layers=True)


@with_planner_options
def plan(
    context: typer.Context,
    model: ModelArgument = None,
    board: BoardOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The plan to write. Default: MODEL-BOARD.plan.json here.")
    ] = None,
    row_period: Annotated[
        int | None,
        typer.Option(
            metavar="INSTRUCTIONS",
            help="With --stream-input: how many instructions the core has from one row to the next; tells how many must wait.",
            show_default=False,
        ),
    ] = None,
    pareto: Annotated[bool, typer.Option("--pareto", help="List every plan worth having, fastest first.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page that shows the arena over time.", show_default=False)
    ] = None,
    boards: Annotated[
        str | None, typer.Option(metavar="all", help="Say of every board whether the model fits.", show_default=False)
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="Check an edited plan.json instead.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    **planning: Any,
) -> int:
    """Find how a quantised .tflite runs within a board's SRAM."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    if check is not None:
        return output.report(pipeline.check(check), blocks=True)
    if boards is not None:
        if boards != "all":
            raise InputError(f"--boards {boards}: only all boards can be compared", hint=f"for one: --board {boards}")
        found = pipeline.fits(model, progress=output.progress)
        columns = [("board", "board"), ("fits", "fits"), ("arena", "sram"), ("constants", "flash"),
                   ("instructions", "instructions"), ("why not", "reason")]  # fmt: skip
        output.listing("boards", found, columns)
        return EXACT
    report = pipeline.plan(
        model,
        board=board,
        out=out,
        row_period=row_period,
        pareto=pareto,
        html=html,
        progress=output.progress,
        **planning,
    )
    return output.report(report, blocks=True)


def render(
    context: typer.Context,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json made by tinykit plan.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The project's folder. Default: build/MODEL-BOARD.")
    ] = None,
    frontend: FrontendOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write the C project of a plan."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    return output.report(pipeline.render(plan, out=out, frontend=frontend, progress=output.progress))


def build(
    context: typer.Context,
    project: ProjectArgument,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    as_json: JsonOption = False,
) -> int:
    """Build a project's firmware."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.build(project, compiler=compiler.value, optimize=optimize.value, progress=output.progress)
    return output.report(report)


def validate(
    context: typer.Context,
    project: ProjectArgument,
    target: TargetOption = None,
    data: DataOption = None,
    compiler: CompilerOption = Compiler.auto,
    optimize: OptimizeOption = Optimize.speed,
    flash: FlashOption = True,
    time_limit: TimeLimitOption = None,
    as_json: JsonOption = False,
) -> int:
    """Run a project's firmware and compare every output byte with the reference."""
    from tinykit import pipeline

    output = Output.of(context, as_json)
    report = pipeline.validate(
        project,
        target=target,
        data=data,
        compiler=compiler.value,
        optimize=optimize.value,
        flash=flash,
        time_limit=time_limit,
        progress=output.progress,
    )
    return output.report(report)


def register(app: typer.Typer) -> None:
    for command in (quantize, plan, render, build, validate):
        app.command()(command)
