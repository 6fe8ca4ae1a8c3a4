"""`tinykit bench mlperf`: a model made into a verified firmware, and the benchmark run on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tinykit import pipeline, steps
from tinykit.builder.firmware import Firmware, read_firmware
from tinykit.config import load_config
from tinykit.errors import InputError, ToolError
from tinykit.graph import load
from tinykit.harness.device import WireDevice
from tinykit.mlperf.bench import Mode, Outcome, accuracy, check_model, clock_hz, performance
from tinykit.mlperf.dataset import Sample, read_dataset
from tinykit.mlperf.dut import Dut
from tinykit.mlperf.tasks import Task, find_task, task_of
from tinykit.progress import SILENT, Progress
from tinykit.projects import FACTS, Project, open_project
from tinykit.sources import find_source
from tinykit.targets import open_target

SECONDS = 3600.0
"""How long a simulated firmware may take for the inferences of one command."""


def bench(
    model: str | Path | None = None,
    *,
    task: str,
    data: str | Path | None = None,
    mode: Mode = "both",
    limit: int | None = None,
    board: str | None = None,
    target: str | None = None,
    flash: bool = True,
    progress: Progress = SILENT,
) -> Outcome:
    """Run a task of MLPerf Tiny on `model`, or on the firmware of a project folder.

    `data` is the task's data set, `limit` how many of its files to take; without data only the speed is measured.
    A model is deployed, that is verified byte for byte, first.
    """
    wanted = find_task(task)
    if mode == "accuracy" and data is None:
        raise InputError("the accuracy needs a data set", hint="--data DIR, with y_labels.csv and .bin files in it")
    samples = read_dataset(Path(data), wanted, limit) if data is not None else []
    if model is not None and (Path(model) / FACTS).is_file():
        project = open_project(Path(model))
        where = target or steps.default_target(project.board)
        steps.check_target(where, project.board)
        firmware = steps.build(project.folder, "auto", "speed", progress)
    else:
        _check_early(model, wanted)
        project, where = _deploy(model, board, target, flash, progress)
        firmware, flash = read_firmware(project.elf, project.prefix), False
    return _run(project, firmware, where, flash, wanted, samples, mode, progress)


def _check_early(model: str | Path | None, task: Task) -> None:
    """Raise InputError for a model that is none of `task`, before anything is made of it."""
    named = model or load_config().model
    hint = f"name one: tinykit bench mlperf MODEL --task {task.name}"
    if named is None:
        raise InputError(f"no model for {task.name} was named", hint=hint)
    source = find_source(named)
    if source.kind == "tflite" and (graph := load(source.path)) and task_of(graph) != task:
        sizes = " and ".join(str(graph.tensors[port.tensor].elements) for port in (*graph.inputs, *graph.outputs))
        raise InputError(
            f"{source.shown} is no model for {task.name}: it has {sizes} values in and out, not {task.inputs} and {task.outputs}",
            hint=hint,
        )


def _deploy(
    model: str | Path | None, board: str | None, target: str | None, flash: bool, progress: Progress
) -> tuple[Project, str]:
    """A project whose firmware was run on its target and differs in no byte, and the target."""
    report = pipeline.deploy(model, board=board, target=target, flash=flash, progress=progress)
    if report.bit_exact is False:
        raise ToolError("the firmware differs from the reference, so it is not timed", hint="tinykit deploy shows where")
    assert report.project is not None and report.target is not None
    return open_project(Path(report.project)), report.target


def _run(
    project: Project,
    firmware: Firmware,
    where: str,
    flash: bool,
    task: Task,
    samples: list[Sample],
    mode: Mode,
    progress: Progress,
) -> Outcome:
    board, outcome = project.board, Outcome(task.name, project.prefix, project.board.id, where)
    opened = open_target(
        where,
        board,
        project.folder,
        prefix=project.prefix,
        sha256=load(project.model).sha256,
        firmware=firmware,
        flash=flash,
        limit=SECONDS,
    )
    with opened as device:
        if not isinstance(device, WireDevice):
            raise InputError(f"the benchmark needs a firmware, and {where} has none", hint="--target emulator, say")
        simulated = device.unit == "instructions"
        dut = Dut(device.link.stream, limit=600.0 if simulated else 30.0, lossless=simulated)
        check_model(device, task, dut)
        if mode != "accuracy":
            with device.counting():
                speed = performance(dut, task, samples, simulated=simulated, progress=progress)
            if simulated:
                hz = clock_hz(board.manifest["tinykit"].get("config", {}))
                outcome = replace(outcome, instructions=round(speed * hz / 1e6))
            else:
                outcome = replace(outcome, microseconds=speed, throughput=1e6 / speed)
        if mode != "performance" and samples:
            score = accuracy(dut, task, samples, progress=progress)
            outcome = replace(outcome, metric=task.metric, score=score, asked=task.target, samples=len(samples))
    return outcome
