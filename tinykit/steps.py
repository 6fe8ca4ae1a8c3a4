"""The steps of the pipeline: each calls one part of tinykit, tells how it goes, and says what it found."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.boards import Board, load_board
from tinykit.builder import Firmware
from tinykit.builder import build as build_project
from tinykit.errors import DoesNotFit, InputError
from tinykit.features import FrontEnd
from tinykit.features.open import open_frontend
from tinykit.graph.ir import DType, Graph
from tinykit.harness.validate import Validation, validate
from tinykit.ops.base import Core, Node
from tinykit.ops.registry import OPERATORS
from tinykit.planner import Plan, PlanOptions, pareto
from tinykit.planner.arrivals import after_rows, waiting
from tinykit.planner.kept import kept_plan
from tinykit.planner.peak import bytes_in_use
from tinykit.planner.regions import rooms
from tinykit.planner.uses import Uses
from tinykit.planner.weights import copied_bytes
from tinykit.progress import Progress
from tinykit.projects import Project
from tinykit.quantizer.convert import POINT, quantize
from tinykit.renderer import render as render_project
from tinykit.renderer.model import model_code
from tinykit.report import Accuracy, Block, Flash, Inputs, Instructions, Layer, PlanSummary, Point, Report, Sram, Stream
from tinykit.report.words import tiling
from tinykit.samples import FAMILY, RANDOM, Data, Samples, accuracy, as_samples, random_samples, read_data
from tinykit.sizes import bytes_text
from tinykit.sources import Source
from tinykit.targets import open_target

_SLOWEST = 2e6
"""Instructions that a simulator executes in a second at the very least."""

CODE_RESERVE = 24 * 1024
"""Bytes of flash that a model's code and the harness are taken to need before they are built."""


@dataclass(frozen=True)
class Quantised:
    """A quantised model file; `accuracy` before and after where it was measured, what `layers` lose where that was asked."""

    file: Path
    accuracy: Accuracy | None = None
    layers: tuple[Layer, ...] | None = None


def find_board(name: str | None) -> Board:
    """The board called `name`. Raises InputError for None or a name no board has."""
    if name is None:
        raise InputError("no board was named", hint="--board stm32f746, say; all of them: tinykit boards")
    return load_board(name)


def default_target(board: Board) -> str:
    """Where `board`'s firmware runs when nobody says: in the first simulator its manifest names, else on this computer."""
    return next((t for t in board.targets if t != "serial"), "host")


def check_target(target: str, board: Board) -> None:
    """Raise InputError unless `board`'s firmware can run on `target`."""
    kind = target.partition(":")[0]
    kinds = (*board.targets, "host")
    if kind not in kinds:
        near = difflib.get_close_matches(kind, kinds, 1)
        raise InputError(
            f"{board.id} has no target {target!r}; it has {', '.join(kinds)}",
            hint=f"did you mean {near[0]}?" if near else "leave --target out for the best there is",
        )


def find_frontend(source: Source, path: Path | None) -> FrontEnd | None:
    """What computes the network's input on the board: the front end of the file `path`, else the family's, if it has one."""
    if path is not None:
        return open_frontend(path)
    return source.family.frontend if source.family else None


def own_inputs(source: Source) -> Data | None:
    """What a family brings to validate on; None for any other model."""
    return read_inputs(source, None, find_frontend(source, None))


def read_inputs(source: Source | None, path: Path | None, frontend: FrontEnd | None = None) -> Data | None:
    """What to validate on: the file or folder `path`, else the family's own samples; None for random inputs.

    Behind a `frontend`, the data are recordings.
    """
    family = None if source is None else source.family
    if frontend is not None:
        if path is not None:
            data = read_data(path)
        elif family:
            data = Data(FAMILY, *family.evaluation(), recordings=family.samples_stored())
        else:
            data = Data(RANDOM, frontend.random())
        if data.recordings is None:
            if data.x is None:
                raise InputError(f"{data.source}: a front end takes recordings from an .npz or .npy", hint="x: int16")
            try:
                data = replace(data, x=frontend.real(data.x), recordings=data.x)
            except InputError as error:
                raise InputError(f"{data.source}: {error.message}", hint="x: the samples as the sensor gives them") from None
        return data
    if path is not None:
        data = read_data(path)
        if family and data.x is not None and data.x.dtype == np.uint8:
            return replace(data, x=family.preprocess.apply(data.x))
        return data
    if family:
        x, y = family.evaluation()
        return Data(FAMILY, x, y)
    return None


def quantise(
    source: Source,
    calibration: Path | None,
    data: Data | None,
    progress: Progress,
    activations: str = "int8",
    *,
    layers: bool = False,
    int16_layers: Sequence[str] = (),
) -> Quantised:
    """The quantised `.tflite` of `source`: itself if it is one, else made (or taken from the cache).

    The accuracy before and after is measured on `data` where it has labels. `layers`: find what each loses; `int16_layers`: those
    whose activations are int16, or `auto`.
    """
    if source.kind == "tflite":
        return Quantised(source.path)
    labelled = (
        (data.x, data.y) if data and data.x is not None and data.x.dtype.kind == "f" and data.y is not None else None
    )
    with progress.stage("quantize", f"quantising to {activations} with TensorFlow") as stage:
        choice: dict[str, Any] = {"activations": activations, "losses": layers, "int16_layers": int16_layers}
        made = quantize(source.family or source.path, calibration, labelled=labelled, **choice)
        stage.result(bytes_text(made.path.stat().st_size) + (", from the cache" if made.cached else ""))
    known = made.accuracy_float is not None or made.accuracy_int8 is not None
    measured = Accuracy(made.accuracy_float, made.accuracy_int8, None, made.samples) if known else None
    return Quantised(made.path, measured, tuple(map(_layer, made.losses)) if made.losses else None)


def _layer(loss: dict[str, Any]) -> Layer:
    fields: dict[str, Any] = {**loss, "shape": tuple(loss["shape"])}
    del fields["activation"]
    return Layer(**fields)


def loses(accuracy: Accuracy | None, model: str) -> tuple[str, ...]:
    """A note on a model that loses more than a point by int8."""
    if accuracy is None or accuracy.float32 is None or accuracy.int8 is None or accuracy.float32 - accuracy.int8 <= POINT:
        return ()
    points = 100 * (accuracy.float32 - accuracy.int8)
    return (
        f"int8 loses {points:.1f} points against float on these {accuracy.samples} inputs; which layers lose it says "
        f"tinykit quantize {model} --layers, and --int16-layers auto makes them int16",
    )


def not_predicted(frontend: FrontEnd | None) -> tuple[str, ...]:
    """A note on what the plan's prediction leaves out."""
    text = "instructions predicted are the network's alone; its front end comes on top, and is in what is measured"
    return () if frontend is None else (text,)


def find_samples(graph: Graph, data: Data | None) -> Samples:
    """`data` as inputs of `graph`, or random inputs."""
    return random_samples(graph) if data is None else as_samples(graph, data)


def search(graph: Graph, board: Board, options: PlanOptions, progress: Progress) -> Plan:
    """The best plan there is. Raises DoesNotFit for too little SRAM, or flash that the weights alone exceed."""
    constants = (tensor for tensor in graph.tensors.values() if tensor.data is not None)
    weights = sum(tensor.bytes for tensor in constants if tensor.dtype is DType.INT8)
    if weights > board.flash:
        raise DoesNotFit(
            f"the weights of {graph.source or graph.name} take {weights:,} B, {weights - board.flash:,} B more than the flash of "
            f"{board.id}",
            hint="another board, or a model with fewer weights; tinykit plan MODEL --boards all tells where it fits",
        )
    with progress.stage("plan", "searching the best plan") as stage:
        plan, known = kept_plan(graph, board, options)
        blocks = f"{len(plan.blocks)} block{'s' * (len(plan.blocks) != 1)}"
        stage.result(f"{blocks}, arena {bytes_text(plan.arena_bytes)} of {bytes_text(board.sram)}" + ", from the cache" * known)
        return plan


def frontier(graph: Graph, board: Board, options: PlanOptions, progress: Progress) -> tuple[Point, ...]:
    """Every plan worth having, fastest first."""
    with progress.stage("pareto", "laying out every plan worth having") as stage:
        plans = pareto(graph, board, options)
        stage.result(f"{len(plans)} plans")
    return tuple(Point(plan.arena_bytes, plan.work_factor, plan.instructions) for plan in plans)


def layer_by_layer(graph: Graph, board: Board) -> Plan:
    """The smallest plan that runs one operator after the other, whether it fits or not."""
    return pareto(graph, board, PlanOptions(scheme="layer"))[-1]


def fit(graph: Graph, board: Board, known: dict[Core, Plan]) -> dict[str, Any]:
    """Whether `graph` fits `board`: arena bytes, bytes of constants, predicted instructions, and why not.

    `known`: the fastest plan for each core on the board with the most memory. Where that fits too, it is the fastest here.
    """
    facts: dict[str, Any] = {"board": board.id, "fits": False, "sram": None, "flash": None, "instructions": None, "reason": ""}
    plan = known.get(board.core)
    if plan is None or plan.arena_bytes > max(room.size for room in rooms(board)):
        try:
            plan, _ = kept_plan(graph, board, PlanOptions())
        except DoesNotFit as error:
            return {**facts, "reason": error.message}
        known.setdefault(board.core, plan)
    constants = sum(array.bytes for array in model_code(graph, plan, Uses(graph, board.core)).arrays)
    missing = constants + CODE_RESERVE - board.flash
    return {
        **facts,
        "fits": missing <= 0,
        "sram": plan.arena_bytes,
        "flash": constants,
        "instructions": plan.instructions,
        "reason": f"its constants and {CODE_RESERVE:,} B for code are {missing:,} B more than the flash" if missing > 0 else "",
    }


def check_belongs(plan: Plan, graph: Graph, board: Board, path: str | Path) -> Plan:
    """`plan`, read from `path`. Raises InputError when it was made for another model or board."""
    if plan.model_sha256 != graph.sha256:
        raise InputError(
            f"{path} was made for another model than {graph.source or graph.name}",
            hint="plan again: tinykit plan MODEL --board BOARD",
        )
    if plan.board not in (board.id, *board.aliases):
        raise InputError(f"{path} was made for {plan.board}, not for {board.id}", hint=f"--board {plan.board}")
    return replace(plan, board=board.id)


def render(
    graph: Graph,
    plan: Plan,
    board: Board,
    out: Path,
    model_file: Path,
    progress: Progress,
    frontend: FrontEnd | None = None,
) -> None:
    """Write the project into the empty folder `out`."""
    with progress.stage("render", "writing the C project") as stage:
        render_project(graph, plan, board, out, model_file=model_file, frontend=frontend)
        stage.result(f"{sum(1 for p in out.rglob('*.[ch]'))} C files")


def build(project: Path, compiler: str, optimize: str, progress: Progress) -> Firmware:
    """Build the firmware of `project`."""
    with progress.stage("build", "compiling the firmware") as stage:
        sources = sum(1 for part in ("src", "lib") for _ in (project / part).rglob("*.[cS]"))
        compiled = itertools.count(1)
        firmware = build_project(
            project,
            compiler=compiler,
            optimize=optimize,
            progress=lambda line: stage.advance(min(next(compiled), sources), sources),
        )
        stage.result(f"{firmware.compiler}, {bytes_text(firmware.code + firmware.constants)} of flash")
        return firmware


def verify(
    report: Report,
    project: Project,
    graph: Graph,
    firmware: Firmware,
    target: str,
    samples: Samples,
    progress: Progress,
    *,
    known: Accuracy | None = None,
    flash: bool = True,
    time_limit: float | None = None,
) -> Report:
    """Run every sample on the target, compare each output byte with the reference, and complete `report`."""
    with progress.stage("run", f"running {len(samples.inputs)} inputs on {target}") as stage:
        opened = open_target(
            target,
            project.board,
            project.folder,
            prefix=project.prefix,
            sha256=graph.sha256,
            firmware=firmware,
            flash=flash,
            limit=time_limit or _time_limit(report),
        )
        with opened as device:
            found = validate(device, project.model, samples.inputs, fed=samples.recordings, progress=stage.advance)
        stage.result(_verdict(found))
    notes = [found.why_not] if found.why_not else []
    if found.first is not None:
        d = found.first
        notes.append(
            f"the first difference: input {d.sample}, output {d.output}, byte {d.byte}: {d.found}, not {d.expected}"
        )
    reached = _accuracy(samples, found, known)
    if samples.labels is not None and reached is None:
        notes.append("no accuracy: a label says which of several outputs is to be the largest, and this model has one")
    return replace(
        report,
        bit_exact=found.bit_exact,
        reference=found.reference,
        bytes_compared=found.bytes_compared,
        bytes_differing=found.bytes_differing,
        inputs=Inputs(len(samples.inputs), samples.source),
        instructions=_measured(report, found),
        blocks=_counted(report, found),
        sram=report.sram and replace(report.sram, stack=found.stack),
        accuracy=reached,
        notes=(*report.notes, *notes),
    )


def _time_limit(report: Report) -> float:
    """Seconds after which a simulated firmware that says nothing counts as hung: a minute, and what a slow computer takes."""
    predicted = report.instructions.predicted if report.instructions else None
    return 60.0 + (predicted or 0) / _SLOWEST


def _verdict(found: Validation) -> str:
    if found.bit_exact is None:
        return f"{found.samples} inputs run, not verified"
    equal = found.bytes_compared - found.bytes_differing
    return f"{found.samples} inputs, {equal:,} of {found.bytes_compared:,} output bytes equal"


def _counted(report: Report, found: Validation) -> tuple[Block, ...] | None:
    """The report's blocks with what each took."""
    if report.blocks is None or len(found.per_block) != len(report.blocks):
        return report.blocks
    return tuple(replace(block, measured=n) for block, n in zip(report.blocks, found.per_block, strict=True))


def _measured(report: Report, found: Validation) -> Instructions:
    predicted = report.instructions.predicted if report.instructions else None
    return Instructions(predicted, found.count, found.unit or "instructions")


def _accuracy(samples: Samples, found: Validation, known: Accuracy | None) -> Accuracy | None:
    """Accuracy on the inputs that were run; `known` brings the float model's."""
    target = accuracy(samples, [outputs[0] for outputs in found.outputs])
    if target is None:
        return known
    host = accuracy(samples, [outputs[0] for outputs in found.expected])
    return Accuracy(known.float32 if known else None, host, target, found.samples)


def plan_facts(plan: Plan, board: Board, graph: Graph, row_period: int | None = None) -> dict[str, Any]:
    """What a plan tells a report; of a streamed input also what a row every `row_period` instructions asks for."""
    uses = Uses(graph, board.core)
    return {
        "stream": _stream(plan, uses, row_period) if plan.stream_input else None,
        "blocks": tuple(_block(plan, graph, n) for n in range(len(plan.blocks))),
        "plan": PlanSummary(
            plan.objective, plan.scheme, plan.stream_input, plan.work_factor, plan.optimal, plan.lower_bound
        ),
        "sram": Sram(arena=plan.arena_bytes, static=copied_bytes(plan, uses) or None, available=board.sram),
        "instructions": Instructions(predicted=plan.instructions),
    }


def _stream(plan: Plan, uses: Uses, period: int | None) -> Stream:
    rows = after_rows(plan, uses)
    return Stream(len(rows), max(rows), sum(rows), period, None if period is None else waiting(rows, period))


def _block(plan: Plan, graph: Graph, n: int) -> Block:
    block = plan.blocks[n]
    ops = [graph.ops[i] for i in block.ops]
    once = sum(OPERATORS[op.kind].macs(Node(graph, op)) for op in ops)
    return Block(
        operators=tuple(op.kind for op in ops),
        kernels=tuple(plan.kernels[i] for i in block.ops),
        output=graph.tensors[ops[-1].outputs[0]].shape,
        tiling=tiling(block),
        bytes=bytes_in_use(plan, n),
        macs=block.macs,
        repeated=block.macs - once,
        predicted=block.instructions,
    )


def firmware_facts(firmware: Firmware, board: Board) -> dict[str, Any]:
    """What a built firmware tells a report."""
    return {
        "compiler": firmware.compiler,
        "sram": Sram(arena=firmware.arena, static=firmware.static, available=board.sram),
        "flash": Flash(firmware.code, firmware.constants, board.flash),
    }
