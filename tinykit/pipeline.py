"""The whole way from a model to a verified firmware, as functions: `deploy`, and each of its stages on its own.

Every function takes what its command takes, tells `progress` what it is doing, and returns a `Report`. All raise
TinykitError, and leave nothing half-written when they do. What an argument leaves open (None) comes from `tinykit.toml`
in the working directory, else from the defaults.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykit import steps
from tinykit.boards import Board, boards
from tinykit.builder import Firmware
from tinykit.cache import atomic_write
from tinykit.config import load_config, write_config
from tinykit.errors import InputError
from tinykit.features.open import open_frontend, project_frontend
from tinykit.graph import Graph, load
from tinykit.ops.base import Core
from tinykit.planner import Plan, read_plan, write_plan
from tinykit.planner.check import check_plan
from tinykit.planner.regions import check_regions
from tinykit.planner.uses import Uses
from tinykit.planning import Planning, plan_options
from tinykit.progress import SILENT, Progress
from tinykit.projects import Project, check_replaceable, open_project, replacing
from tinykit.quantizer.convert import AUTO
from tinykit.renderer.export import FORMS, MARK, write_export
from tinykit.renderer.project import planned_code
from tinykit.report import Report
from tinykit.report.html import plan_page
from tinykit.sources import find_source

if TYPE_CHECKING:
    from typing_extensions import Unpack

DEFAULT_BOARD = "stm32f746"
BUILD_FOLDER = Path("build")


def deploy(
    model: str | Path | None = None,
    *,
    board: str | None = None,
    target: str | None = None,
    data: str | Path | None = None,
    calibration: str | Path | None = None,
    out: str | Path | None = None,
    plan: str | Path | None = None,
    frontend: str | Path | None = None,
    compiler: str = "auto",
    optimize: str = "speed",
    flash: bool = True,
    time_limit: float | None = None,
    progress: Progress = SILENT,
    **planning: Unpack[Planning],
) -> Report:
    """Quantise, plan, render, build, run and verify `model` on `board`, byte for byte.

    Defaults: the packaged mcunet, the board's emulator or else QEMU, the model family's samples or else 10 random
    inputs, `build/MODEL-BOARD`, the fastest plan that fits the board. `plan` is a plan file to use instead of
    searching; `planning` (see `Planning`) says what to search for;
    `frontend` a TOML file with a `[frontend]` table, behind which the data are recordings (a family brings its own);
    `flash` False leaves a board on a serial port as it is;
    `time_limit`: seconds of silence after which a simulated firmware counts as hung (by default as many as it may need).
    """
    settings = load_config()
    source = find_source(model or settings.model)
    chosen = steps.find_board(board or settings.board)
    where = target or settings.target or steps.default_target(chosen)
    out = _path(out) or settings.out or BUILD_FOLDER / f"{source.name}-{chosen.id}"
    check_replaceable(out)
    steps.check_target(where, chosen)
    report = Report("deploy", model=source.shown, board=chosen.id, target=where)
    progress.report(report)

    front = steps.find_frontend(source, _path(frontend))
    inputs = steps.read_inputs(source, _path(data) or settings.data, front)
    quantised = steps.quantise(source, _path(calibration) or settings.calibration, inputs, progress)
    graph = load(quantised.file)
    samples = steps.find_samples(graph, inputs)
    if plan is None:
        planned = steps.search(graph, chosen, plan_options(planning, settings), progress)
    else:
        planned = steps.check_belongs(read_plan(Path(plan)), graph, chosen, plan)
    report = replace(
        report,
        notes=steps.loses(quantised.accuracy, source.shown) + steps.not_predicted(front),
        **steps.plan_facts(planned, chosen, graph),
    )
    progress.report(report)
    with replacing(out) as folder:
        steps.render(graph, planned, chosen, folder, quantised.file, progress, front)
        firmware = steps.build(folder, compiler, optimize, progress)
    project = open_project(out)
    firmware = replace(firmware, elf=out / firmware.elf.relative_to(folder))
    report = replace(report, project=str(out), **steps.firmware_facts(firmware, chosen))
    progress.report(report)
    return steps.verify(
        report, project, graph, firmware, where, samples, progress, known=quantised.accuracy, flash=flash, time_limit=time_limit
    )


def quantize(
    model: str | Path | None = None,
    *,
    calibration: str | Path | None = None,
    data: str | Path | None = None,
    out: str | Path | None = None,
    activations: str = "int8",
    layers: bool = False,
    int16_layers: Sequence[str] = (),
    progress: Progress = SILENT,
) -> Report:
    """Write a full-integer `.tflite` of a Keras model or a family to `out` (default `MODEL.int8.tflite` here).

    Weights are int8, inputs, outputs and `activations` int8 or int16.
    With labels in `data`, the accuracy before and after is measured on it; a family brings its own.
    `layers`: the report has what each layer loses by int8. `int16_layers`: layers whose activations are int16 beside int8; or
    `auto`, as few as it takes to be within a point of the float model on the labelled `data`, which must be named then.
    """
    settings = load_config()
    source = find_source(model or settings.model)
    if AUTO in int16_layers and data is None and settings.data is None:
        raise InputError("choosing layers takes labelled inputs", hint="--data: inputs to choose by, not those you test with")
    if source.kind == "tflite":
        raise InputError(f"{source.shown} is a .tflite already", hint="quantize takes a Keras model or a model family")
    out = _path(out) or Path(f"{source.name}.{'mixed' if int16_layers else activations}.tflite")
    inputs = steps.read_inputs(source, _path(data) or settings.data, steps.find_frontend(source, None))
    sample = _path(calibration) or settings.calibration
    quantised = steps.quantise(source, sample, inputs, progress, activations, layers=layers, int16_layers=int16_layers)
    _write(out, quantised.file.read_bytes())
    notes = () if layers or int16_layers else steps.loses(quantised.accuracy, source.shown)
    return Report(
        "quantize", model=source.shown, file=str(out), accuracy=quantised.accuracy, layers=quantised.layers, notes=notes
    )


def plan(
    model: str | Path | None = None,
    *,
    board: str | None = None,
    out: str | Path | None = None,
    row_period: int | None = None,
    pareto: bool = False,
    html: str | Path | None = None,
    progress: Progress = SILENT,
    **planning: Unpack[Planning],
) -> Report:
    """Write the best plan of `model` on `board` to `out` (default `MODEL-BOARD.plan.json` here).

    `pareto`: list every plan worth having, too. `html`: a page that shows the arena.
    `row_period`: instructions between two rows of a streamed input, to learn how many must be buffered.
    """
    settings = load_config()
    source = find_source(model or settings.model)
    chosen = steps.find_board(board or settings.board)
    out = _path(out) or Path(f"{source.name}-{chosen.id}.plan.json")
    report = Report("plan", model=source.shown, board=chosen.id)
    progress.report(report)
    quantised = steps.quantise(source, settings.calibration, steps.own_inputs(source), progress)
    graph = load(quantised.file)
    options = plan_options(planning, settings)
    planned = steps.search(graph, chosen, options, progress)
    if row_period is not None and (row_period <= 0 or not planned.stream_input):
        raise InputError(
            "a row period is the number of instructions, at least one, between two rows of a streamed input",
            hint="--stream-input --row-period 100000",
        )
    link = os.path.relpath(quantised.file, out.parent)
    try:
        write_plan(replace(planned, model_path=link), out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}") from None
    notes = steps.not_predicted(steps.find_frontend(source, None))
    report = replace(report, file=str(out), notes=notes, **steps.plan_facts(planned, chosen, graph, row_period))
    if pareto:
        report = replace(report, pareto=steps.frontier(graph, chosen, options, progress))
    if html is not None:
        _write(Path(html), plan_page(planned, steps.layer_by_layer(graph, chosen), Uses(graph, chosen.core)).encode())
    return report


def check(plan_file: str | Path) -> Report:
    """Check a plan file against its model and board. Raises InputError saying what is wrong with it."""
    plan_file = Path(plan_file)
    planned, graph, chosen = _read_plan(plan_file)
    check_plan(planned, Uses(graph, chosen.core))
    check_regions(planned, chosen)
    return Report("plan", model=planned.model, board=chosen.id, file=str(plan_file), **steps.plan_facts(planned, chosen, graph))


def fits(model: str | Path | None = None, *, progress: Progress = SILENT) -> list[dict[str, Any]]:
    """For every board: whether `model` fits, with arena, constants and predicted instructions of its fastest plan there."""
    settings = load_config()
    source = find_source(model or settings.model)
    quantised = steps.quantise(source, settings.calibration, steps.own_inputs(source), progress)
    graph = load(quantised.file)
    with progress.stage("plan", "planning for every board") as stage:
        found, known = [], dict[Core, Plan]()
        for n, board in enumerate(sorted(every := boards(), key=lambda board: -board.ram.size), 1):
            found.append(steps.fit(graph, board, known))
            stage.advance(n, len(every))
    return sorted(found, key=lambda facts: str(facts["board"]))


def render(
    plan_file: str | Path,
    *,
    out: str | Path | None = None,
    frontend: str | Path | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Write the C project of a plan into `out` (default `build/MODEL-BOARD`); the plan names its model and board.

    `frontend`: a TOML file whose `[frontend]` table says what computes the network's input.
    """
    plan_file = Path(plan_file)
    planned, graph, chosen = _read_plan(plan_file)
    model_file = plan_file.parent / planned.model_path
    out = _path(out) or BUILD_FOLDER / f"{find_source(model_file).name}-{chosen.id}"
    report = Report("render", model=str(model_file), board=chosen.id, **steps.plan_facts(planned, chosen, graph))
    progress.report(report)
    with replacing(out) as folder:
        front = None if frontend is None else open_frontend(Path(frontend))
        steps.render(graph, planned, chosen, folder, model_file, progress, front)
    return replace(report, project=str(out))


def export(
    model: str | Path | None = None,
    *,
    form: str,
    board: str | None = None,
    out: str | Path | None = None,
    progress: Progress = SILENT,
    **planning: Unpack[Planning],
) -> Report:
    """Write `model` as a library for another build system into `out` (default `build/MODEL-FORM`), with an example.

    `form` is pio-lib, arduino, cmake, zephyr or esp-idf; the board (default stm32f746) says for which core and how much SRAM.
    """
    if form not in FORMS:
        raise InputError(f"there is no form {form!r}", hint=f"it is one of {', '.join(FORMS)}")
    settings = load_config()
    source = find_source(model or settings.model)
    chosen = steps.find_board(board or settings.board or DEFAULT_BOARD)
    out = _path(out) or BUILD_FOLDER / f"{source.name}-{form}"
    check_replaceable(out, MARK)
    report = Report("export", model=source.shown, board=chosen.id)
    progress.report(report)
    front = steps.find_frontend(source, None)
    quantised = steps.quantise(source, settings.calibration, steps.read_inputs(source, None, front), progress)
    graph = load(quantised.file)
    planned = steps.search(graph, chosen, plan_options(planning, settings), progress)
    with replacing(out, MARK) as folder:
        write_export(planned_code(graph, planned, chosen, front), form, folder, graph=graph, board=chosen)
    return replace(report, project=str(out), notes=steps.not_predicted(front), **steps.plan_facts(planned, chosen, graph))


def _read_plan(path: Path) -> tuple[Plan, Graph, Board]:
    """A plan file with its model and board, which it names."""
    planned = read_plan(path)
    model_file = path.parent / planned.model_path
    if not model_file.is_file():
        raise InputError(f"{path}: its model {planned.model_path} is not there", hint="plan the model again")
    chosen = steps.find_board(planned.board)
    graph = load(model_file)
    return steps.check_belongs(planned, graph, chosen, path), graph, chosen


def build(
    project: str | Path, *, compiler: str = "auto", optimize: str = "speed", progress: Progress = SILENT
) -> Report:
    """Build the firmware of a project folder."""
    return _build(open_project(Path(project)), Report("build"), compiler, optimize, progress)[0]


def validate(
    project: str | Path,
    *,
    target: str | None = None,
    data: str | Path | None = None,
    compiler: str = "auto",
    optimize: str = "speed",
    flash: bool = True,
    time_limit: float | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Run a project's firmware, built anew where it changed, and compare every output byte with the reference."""
    opened = open_project(Path(project))
    where = target or steps.default_target(opened.board)
    steps.check_target(where, opened.board)
    graph = load(opened.model)
    samples = steps.find_samples(graph, steps.read_inputs(None, _path(data), project_frontend(opened.folder)))
    report, firmware = _build(opened, Report("validate", target=where), compiler, optimize, progress)
    return steps.verify(report, opened, graph, firmware, where, samples, progress, flash=flash, time_limit=time_limit)


def _build(
    project: Project, report: Report, compiler: str, optimize: str, progress: Progress
) -> tuple[Report, Firmware]:
    planned = read_plan(project.plan)
    facts = steps.plan_facts(planned, project.board, load(project.model))
    report = replace(report, model=planned.model, board=project.board.id, project=str(project.folder), **facts)
    progress.report(report)
    firmware = steps.build(project.folder, compiler, optimize, progress)
    report = replace(report, **steps.firmware_facts(firmware, project.board))
    progress.report(report)
    return report, firmware


def init(
    model: str | None = None,
    *,
    board: str | None = None,
    target: str | None = None,
    calibration: str | Path | None = None,
    data: str | Path | None = None,
    folder: str | Path | None = None,
) -> Report:
    """Write a commented `tinykit.toml` into `folder` (default: the working directory)."""
    source = find_source(model)
    chosen = steps.find_board(board or DEFAULT_BOARD)
    if target is not None:
        steps.check_target(target, chosen)
    for path in (calibration, data):
        if path is not None and not Path(path).exists():
            raise InputError(f"{path}: there is no such file or folder")
    path = write_config(
        _path(folder) or Path(),
        model=source.shown,
        board=chosen.id,
        target=target,
        calibration=None if calibration is None else str(calibration),
        data=None if data is None else str(data),
    )
    return Report("init", model=source.shown, board=chosen.id, target=target, file=str(path))


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _write(path: Path, data: bytes) -> None:
    try:
        atomic_write(path, data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
