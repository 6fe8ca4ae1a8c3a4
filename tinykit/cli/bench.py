"""`tinykit bench mlperf`."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from tinykit.cli.options import BoardOption, FlashOption, JsonOption, TargetOption
from tinykit.cli.output import Output
from tinykit.errors import EXACT

bench = typer.Typer(name="bench", help="Benchmarks on a board or in a simulator.", no_args_is_help=True)


class Task(str, Enum):
    """The tasks of MLPerf Tiny."""

    kws = "kws"
    vww = "vww"
    ic = "ic"
    ad = "ad"


class RunMode(str, Enum):
    """What is measured."""

    both = "both"
    performance = "performance"
    accuracy = "accuracy"


@bench.callback()
def _group() -> None:
    pass


@bench.command()
def mlperf(
    context: typer.Context,
    task: Annotated[Task, typer.Option(help="Keyword spotting, visual wake words, image classification, anomaly detection.")],
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL|PROJECT]",
            show_default=False,
            help="A model, as for deploy, or a project made of one. Default: what tinykit.toml here says.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The task's data set: a folder with y_labels.csv and .bin files. Without it, only speed is measured."),
    ] = None,
    mode: Annotated[RunMode, typer.Option(help="What to measure.")] = RunMode.both,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take N files of the data set, evenly chosen.", show_default="all")
    ] = None,
    board: BoardOption = None,
    target: TargetOption = None,
    flash: FlashOption = True,
    as_json: JsonOption = False,
) -> int:
    """Run a task of MLPerf Tiny through the benchmark's own serial protocol."""
    from tinykit.mlperf.run import bench as run

    output = Output.of(context, as_json)
    outcome = run(
        model, task=task.value, data=data, mode=mode.value, limit=limit, board=board, target=target, flash=flash,
        progress=output.progress,
    )  # fmt: skip
    row = {**asdict(outcome), "met": outcome.met}
    output.listing("mlperf", [row] if as_json else _rows(row), [("", "what"), ("", "value")])
    return EXACT


def _rows(values: dict[str, Any]) -> list[dict[str, str]]:
    """What was found, line by line."""
    score, asked = values["score"], values["asked"]
    lines = {
        "task": f"{values['task']}, on {values['board']}, {values['target']}",
        "model": values["model"],
        "instructions": values["instructions"] and f"{values['instructions']:,} an inference",
        "time": values["microseconds"] and f"{values['microseconds']:,.1f} µs an inference",
        "throughput": values["throughput"] and f"{values['throughput']:,.3f} inferences a second, the median",
        values["metric"]: score is not None and f"{score:.3f} over {values['samples']:,} files, {asked} is asked for",
    }
    return [{"what": what, "value": value} for what, value in lines.items() if value]


def register(app: typer.Typer) -> None:
    app.add_typer(bench)
