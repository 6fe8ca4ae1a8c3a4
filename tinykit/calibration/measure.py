"""Synthetic models on a core: planned in a way that is asked for, built, and run once with each block's instructions counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tinykit.boards import Board
from tinykit.builder import build
from tinykit.calibration.layers import model
from tinykit.calibration.networks import NETWORKS
from tinykit.graph import load
from tinykit.janitor import temporary_folder
from tinykit.planner import Plan, PlanOptions, plan
from tinykit.planner.blocks import Candidate, Candidates, layer_calls, layer_piece
from tinykit.planner.build import build_plan
from tinykit.planner.cost import ROW, SCHEDULE, kernel_terms
from tinykit.planner.flow import Exit
from tinykit.planner.planner import Scheme
from tinykit.planner.rings import Rings
from tinykit.planner.schedule import schedule_terms
from tinykit.planner.uses import Uses
from tinykit.renderer import render
from tinykit.targets import open_target

Terms = dict[str, dict[str, float]]
"""Key of a cost table → how often each of its terms occurs."""

UNITS = (1, 2, 4)
"""Pixels at a time in which layers are measured."""


_RUNS: tuple[tuple[Scheme, bool], ...] = (("auto", False), ("patch", False), ("auto", True))
"""With pixels, with whole rows, and with a streamed input."""


@dataclass(frozen=True)
class Sample:
    """One measured block: what it did, and the instructions it took."""

    name: str
    terms: Terms
    measured: int


@dataclass(frozen=True)
class Way:
    """How a layer runs: as a whole, or in units of so many pixels; with the kernel that needs the least scratch or not."""

    unit: int = 0
    lean: bool = False

    def __str__(self) -> str:
        return (f"by {self.unit}" if self.unit else "layer") + ", lean" * self.lean


WAYS = tuple(Way(unit, lean) for lean in (False, True) for unit in (0, *UNITS))


def layer_samples(board: Board, target: str, group: str) -> Iterator[Sample]:
    """The layers of one group, each a block of its own, in every way there is to run them."""
    for way in WAYS:
        blocks: list[Candidate | None] = []

        def choose(uses: Uses, way: Way = way, blocks: list[Candidate | None] = blocks) -> Sequence[Candidate]:
            space = Candidates(uses, units=UNITS, strips=())
            blocks.extend(_found(space, op, way) for op in range(len(uses.nodes)))
            return [block or next(iter(space.from_op(op))) for op, block in enumerate(blocks)]

        for n, sample in enumerate(measure(board, target, model(group), lambda uses: _planned(uses, board, choose(uses)))):
            if n == 0 and not any(blocks):
                break
            if blocks[n] is not None:
                yield Sample(f"{group} {n} {way}: {sample.name}", sample.terms, sample.measured)


def network_samples(board: Board, target: str) -> Iterator[Sample]:
    """The blocks by rows and pixels of small networks planned for little RAM."""
    for name, data in NETWORKS.items():
        for scheme, streamed in _RUNS:
            options = PlanOptions("min-ram", scheme, sram=1 << 30, stream_input=streamed)
            for sample in measure(board, target, data(), lambda uses: plan(uses.graph, board, options)):  # noqa: B023
                if SCHEDULE in sample.terms:
                    yield Sample(f"{name} {scheme}{', streamed' * streamed}: {sample.name}", sample.terms, sample.measured)


def _planned(uses: Uses, board: Board, blocks: Sequence[Candidate]) -> Plan:
    return build_plan(uses, blocks, board=board.id, objective="fastest", scheme="auto")


def _found(space: Candidates, op: int, way: Way) -> Candidate | None:
    """The block of this operator alone that runs in this way; None where there is none, or it is no other."""
    mode = "pixels" if way.unit else "layer"
    if way.unit > 1 and space.uses.kernels[op].piece_cost is None:
        return None  # pieces of any size cost it the same
    for block in space.from_op(op):
        if (block.end, block.mode, block.unit, block.lean) == (op + 1, mode, way.unit, way.lean) and not block.storage:
            return block
    return None


def measure(board: Board, target: str, data: bytes, planned: Callable[[Uses], Plan]) -> list[Sample]:
    """Every block of the model `data` (a `.tflite`) as `planned`, run on `target`."""
    with temporary_folder() as folder:
        file = folder / "layers.tflite"
        file.write_bytes(data)
        graph = load(file)
        uses = Uses(graph, board.core)
        made = planned(uses)
        project = render(graph, made, board, folder / "project", model_file=file)
        firmware = build(project)
        opened = open_target(target, board, project, prefix=graph.name, sha256=graph.sha256, firmware=firmware)
        rng = np.random.default_rng(0)
        with opened as device:
            inputs = [rng.integers(-128, 128, tensor.shape).astype(tensor.dtype) for tensor in device.info.inputs]
            with device.counting():
                _, counts = device.run_counted(inputs)
    return [Sample(*_terms(uses, made, n), count) for n, count in enumerate(counts)]


def _terms(uses: Uses, made: Plan, n: int) -> tuple[str, Terms]:
    """What block `n` is and does."""
    block = made.blocks[n]
    terms: Terms = {}
    ops = block.ops
    if block.mode == "layer":
        calls, piece = [layer_calls(uses, ops[0])], layer_piece(uses, ops[0])
    else:
        flow = Rings(uses).flow(Exit(ops[-1], block.unit, block.reduces))
        calls, piece = [flow.steps(op).count for op in ops], block.unit or ROW
        terms[SCHEDULE] = dict(
            schedule_terms(
                uses,
                ops,
                calls,
                block.storage,
                unit=block.unit,
                reduces=block.reduces,
                streamed=uses.inputs[0] if block.streamed else None,
            )
        )
    for op, count in zip(ops, calls, strict=True):
        kernel = uses.choices(op, reduces=block.reduces and op == ops[-1])[made.kernels[op]]
        mine = terms.setdefault(kernel.name, {})
        for term, times in kernel_terms(kernel, uses.nodes[op], count, piece).items():
            mine[term] = mine.get(term, 0.0) + times
    shapes = " > ".join("x".join(map(str, uses.nodes[op].output.shape[1:])) for op in ops)
    return f"{shapes}, {sum(calls)} calls", terms
