"""What the trained variants take in SRAM of several sizes; what widths and resolutions of the network take on the STM32F746, and
what redistributing its receptive field gives: `python models/mcunet/sizes.py`.

The networks of the latter two are not trained; memory and work do not depend on weights.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import model
import numpy as np

from tinykit.boards import load_board
from tinykit.errors import DoesNotFit
from tinykit.families import open_family
from tinykit.graph import Graph, load
from tinykit.planner import PlanOptions, plan
from tinykit.quantizer.convert import quantize
from tinykit.steps import plan_facts

FOLDER = Path(__file__).resolve().parent
BOARD = load_board("stm32f746")
SIZES = ((48, 0.5), (64, 0.75), (96, 1.0), (128, 1.0), (160, 1.5))
BOTH = {"original": model.BLOCKS, "redistributed": model.REDISTRIBUTED}
ROOMS = (16, 64, 128, 256, 512)
"""kB of SRAM that the variants are planned for, on a board that has them all."""
PATCHED = (96, 160, 224)
"""Images for which both are planned by patches."""
REPEATED = (0.0, 0.1, 0.3)
"""Shares of the work that plans by patches may do twice."""


def quantised(network: keras.Model, folder: Path) -> Graph:
    """The int8 graph of an untrained network."""
    classes = network.get_layer("classes")
    classes.set_weights([100 * weights for weights in classes.get_weights()])  # an untrained one hardly tells classes apart
    network.save(folder / "net.keras")
    noise = np.random.default_rng(1).uniform(-1, 1, (4, *network.input.shape[1:])).astype(np.float32)
    np.savez(folder / "noise.npz", x=noise)
    return load(quantize(folder / "net.keras", folder / "noise.npz").path)


def arena(graph: Graph, options: PlanOptions) -> str:
    """Bytes of the best plan's arena, and its work where some is repeated."""
    try:
        found = plan(graph, BOARD, options)
    except DoesNotFit:
        return "does not fit"
    return f"{found.arena_bytes:,}" + (f" (×{found.work_factor:.2f})" if found.work_factor > 1 else "")


def variants() -> None:
    board = load_board("nucleo_h743zi")
    print("| variant | parameters | " + " | ".join(f"{room} kB" for room in ROOMS) + " |")
    print("|---|---:|" + "---:|" * len(ROOMS))
    for name in model.VARIANTS:
        family = open_family(FOLDER, None if name == "default" else name)
        graph = load(quantize(family).path)
        cells = []
        for room in ROOMS:
            try:
                found = plan(graph, board, PlanOptions(sram=room * 1024))
                cells.append(f"{found.arena_bytes:,} B, {found.instructions / 1e6:.1f} M")
            except DoesNotFit:
                cells.append("–")
        size, width, blocks = model.VARIANTS[name]
        print(f"| {name} | {model.build(size, width, blocks).count_params():,} | " + " | ".join(cells) + " |", flush=True)


def widths(folder: Path) -> None:
    print("| image | width | parameters | MACs | layer by layer | smallest, no repeated work | smallest, streamed |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for size, width in SIZES:
        network = model.build(size, width)
        graph = quantised(network, folder)
        columns = (
            PlanOptions("min-ram", scheme="layer", sram=1 << 22),
            PlanOptions("min-ram", max_overhead=0.0),
            PlanOptions("min-ram", stream_input=True, max_overhead=0.0),
        )
        figures = " | ".join(arena(graph, options) for options in columns)
        print(f"| {size} | {width} | {network.count_params():,} | {model.macs(network):,} | {figures} |", flush=True)


def redistribution(folder: Path) -> None:
    shares = [f"up to ×{1 + share:.2f}" for share in REPEATED]
    print("| by patches | image | MACs | " + " | ".join([*shares, *(f"streamed, {share}" for share in shares)]) + " |")
    print("|---|---:|---:|" + "---:|" * 2 * len(shares))
    side: dict[str, list[str]] = {}
    for size in PATCHED:
        for name, blocks in BOTH.items():
            network = model.build(size, 1.0, blocks)
            graph = quantised(network, folder)
            ways = [(stream, share) for stream in (False, True) for share in REPEATED]
            options = [PlanOptions("min-ram", scheme="patch", stream_input=stream, max_overhead=share) for stream, share in ways]
            figures = " | ".join(arena(graph, option) for option in options)
            print(f"| {name} | {size} | {model.macs(network):,} | {figures} |", flush=True)
            side[name] = steps(graph, options[-1])
    print(f"\nBoth at {PATCHED[-1]} × {PATCHED[-1]}, streamed, up to ×{1 + REPEATED[-1]:.2f}:\n")
    headings = (f"{name}, sees {model.receptive_field(blocks)} px" for name, blocks in BOTH.items())
    print("| " + " | ".join(headings) + " |\n|---|---|")
    for row in itertools.zip_longest(*side.values(), fillvalue=""):
        print("| " + " | ".join(row) + " |")


def steps(graph: Graph, options: PlanOptions) -> list[str]:
    """A line for each step of the best plan: how many operators, up to which map, how, bytes in use, work done again."""
    try:
        blocks = plan_facts(plan(graph, BOARD, options), BOARD, graph)["blocks"]
    except DoesNotFit:
        return ["does not fit"]
    return [
        f"{len(block.operators)} to {'×'.join(map(str, block.output[1:]))}, {block.tiling}: {block.bytes:,} B"
        + (f", {block.repeated / block.macs:.0%} again" if block.repeated else "")
        for block in blocks
    ]


def main() -> None:
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as scratch:
        variants()
        print()
        widths(Path(scratch))
        print()
        redistribution(Path(scratch))


if __name__ == "__main__":
    main()
