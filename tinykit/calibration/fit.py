"""Fit `tinykit/planner/costs/<core>.json` on synthetic layers, each measured as a block of a real firmware.

    python -m tinykit.calibration.fit [CORE ...] [--check]

Each group of layers becomes a project, built with the board's flags and run in the emulator or QEMU, whose counts for
each block are instructions. The coefficients of a kernel's cost terms are the non-negative ones with the least sum of
squared relative errors. What row blocks spend beside their kernels is fitted last, on small networks planned for little
RAM. `--check` only compares the tables there are with the measurements.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinykit.boards import load_board
from tinykit.builder import build
from tinykit.calibration.layers import CHAINS, GROUPS, chain, model
from tinykit.calibration.networks import bottlenecks
from tinykit.graph import load
from tinykit.janitor import temporary_folder
from tinykit.planner import PlanOptions, cost, plan
from tinykit.planner.blocks import layer_calls
from tinykit.planner.flow import Exit
from tinykit.planner.rings import Rings
from tinykit.planner.uses import Uses
from tinykit.renderer import render
from tinykit.targets import open_target

SCHEDULE = "schedule"
Table = dict[str, dict[str, float]]
COSTS = Path(cost.__file__).parent / "costs"
BOARDS = {
    "cortex-m0": ("emu_m0", "emulator"),
    "cortex-m4": ("emu_m4", "emulator"),
    "cortex-m7": ("stm32f746", "emulator"),
    "cortex-m33": ("emu_m33", "emulator"),
    "cortex-m55": ("mps3_an547", "qemu"),
    "rv32imac": ("riscv32_virt", "qemu"),
}


@dataclass(frozen=True)
class Layer:
    """One measured block: its kernel, how often each cost term occurs, and the instructions it took."""

    name: str
    kernel: str
    terms: Mapping[str, float]
    measured: int
    known: float = 0.0
    """Instructions predicted by other means."""

    def predicted(self, table: Table) -> float:
        coefficients = table.get(self.kernel, {})
        return self.known + sum(coefficients.get(term, 0.0) * count for term, count in self.terms.items())


class Measured:
    """A model planned for a core, built and run: `counts` has the instructions of each block."""

    def __init__(self, core: str, data: bytes, options: PlanOptions) -> None:
        board_id, target = BOARDS[core]
        board = load_board(board_id)
        with temporary_folder() as folder:
            file = folder / "layers.tflite"
            file.write_bytes(data)
            graph = load(file)
            self.plan = plan(graph, board, options)
            self.uses = Uses(graph, board.core)
            project = render(graph, self.plan, board, folder / "project", model_file=file)
            firmware = build(project)
            opened = open_target(target, board, project, prefix=graph.name, sha256=graph.sha256, firmware=firmware)
            rng = np.random.default_rng(0)
            with opened as device:
                for index, tensor in enumerate(device.info.inputs):
                    device.write(index, rng.integers(-128, 128, tensor.shape).astype(np.int8))
                with device.counting():
                    self.counts = device.profile()


def layers(core: str, group: str) -> Iterator[Layer]:
    """The layers of one group on `core`, each a block of its own."""
    measured = Measured(core, model(group), PlanOptions(scheme="layer"))
    uses = measured.uses
    for op, count in enumerate(measured.counts):
        kernel, node = uses.kernels[op], uses.nodes[op]
        terms = {**kernel.cost(node), "row": layer_calls(uses, op)}
        yield Layer(f"{group} {list(node.input().shape)} -> {list(node.output.shape)}", kernel.name, terms, count)


def schedules(core: str) -> Iterator[Layer]:
    """What the blocks of synthetic networks that run in pieces took beside the predicted instructions of their kernels."""
    cost.table.cache_clear()
    networks = [*(chain(*size) for size in CHAINS), *(bottlenecks(*size) for size in ((3, 24), (4, 40), (12, 32), (20, 48)))]
    for data in networks:
        for measured in (Measured(core, data, PlanOptions("min-ram", scheme=scheme)) for scheme in ("auto", "stream")):
            uses, rings = measured.uses, Rings(measured.uses)
            for n, (block, count) in enumerate(zip(measured.plan.blocks, measured.counts, strict=True)):
                if block.mode == "layer" or block.strips > 1:
                    continue
                flow = rings.flow(Exit(block.ops[-1], block.unit, block.reduces))
                calls = {op: flow.steps(op).count for op in block.ops}
                kernels = 0.0
                for op in block.ops:
                    chosen = uses.choices(op, reduces=block.reduces and op == block.ops[-1])[measured.plan.kernels[op]]
                    kernels += cost.kernel_cost(chosen, uses.nodes[op], uses.core, calls[op])
                terms = cost.schedule_terms(len(block.ops), sum(calls.values()), pixels=block.unit > 0)
                yield Layer(f"{n}: {len(block.ops)} operators, {sum(calls.values())} pieces", SCHEDULE, terms, count, kernels)


def fitted(found: list[Layer]) -> Table:
    """The coefficients of every kernel among the layers."""
    kernels = sorted({layer.kernel for layer in found})
    return {kernel: fit([layer for layer in found if layer.kernel == kernel]) for kernel in kernels}


def fit(found: list[Layer]) -> dict[str, float]:
    """The non-negative coefficients that predict the layers of one kernel best."""
    terms = list(dict.fromkeys(term for layer in found for term in layer.terms))
    while True:
        rows = np.array([[layer.terms.get(t, 0.0) / layer.measured for t in terms] for layer in found])
        wanted = np.array([1 - layer.known / layer.measured for layer in found])
        size = np.linalg.norm(rows, axis=0)
        solved = np.linalg.lstsq(rows / np.where(size > 0, size, 1), wanted, rcond=1e-9)[0]
        coefficients = solved / np.where(size > 0, size, 1)
        if not terms or coefficients.min() >= 0:
            return {t: round(float(c), 3) for t, c in zip(terms, coefficients, strict=True) if c > 0}
        del terms[int(np.argmin(solved))]


def show(found: list[Layer], table: Table) -> None:
    for layer in found:
        predicted = layer.predicted(table)
        error = predicted / layer.measured - 1
        print(f"{layer.kernel:28} {layer.name:58} {layer.measured:9} {round(predicted):9} {error:+7.1%}")


def write(path: Path, table: Table) -> None:
    lines = [f" {json.dumps(kernel)}: {json.dumps(table[kernel])}" for kernel in sorted(table)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cores", nargs="*", default=list(BOARDS))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--groups", help="comma-separated; the other kernels keep their coefficients")
    options = parser.parse_args()
    groups = options.groups.split(",") if options.groups else [*GROUPS, SCHEDULE]
    for core in options.cores:
        path = COSTS / f"{core}.json"
        table: Table = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        print(f"== {core}: kernel, layer, measured, predicted, error", flush=True)
        found = [layer for group in groups if group != SCHEDULE for layer in layers(core, group)]
        if not options.check:
            table |= fitted(found)
        if SCHEDULE in groups:
            write(path, table)
            rows = list(schedules(core))
            if not options.check:
                table |= fitted(rows)
            found += rows
        show(found, table)
        if not options.check:
            write(path, table)


if __name__ == "__main__":
    main()
