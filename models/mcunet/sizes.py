"""What widths and resolutions of the network take on the STM32F746, and what redistributing its receptive field gives:
`python models/mcunet/sizes.py`. The networks here are not trained; memory and work do not depend on weights.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import model
import numpy as np

from tinykit.boards import load_board
from tinykit.errors import DoesNotFit
from tinykit.graph import Graph, load
from tinykit.planner import PlanOptions, plan
from tinykit.quantizer.convert import quantize

BOARD = load_board("stm32f746")
SIZES = ((48, 0.5), (64, 0.75), (96, 1.0), (128, 1.0), (160, 1.5))
REPEATED = (0.0, 0.1, 0.3)
"""Shares of the work that plans by patches may do twice."""


def quantised(network: keras.Model, folder: Path) -> Graph:
    """The int8 graph of an untrained network."""
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


def main() -> None:
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
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
        print()
        print("| by patches | sees | MACs | " + " | ".join(f"up to ×{1 + share:.2f}" for share in REPEATED) + " |")
        print("|---|---:|---:|" + "---:|" * len(REPEATED))
        for name, blocks in (("original", model.BLOCKS), ("redistributed", model.REDISTRIBUTED)):
            network = model.build(model.SIZE, 1.0, blocks)
            graph = quantised(network, folder)
            options = [PlanOptions("min-ram", scheme="patch", max_overhead=share) for share in REPEATED]
            figures = " | ".join(arena(graph, option) for option in options)
            print(f"| {name} | {model.receptive_field(blocks)} px | {model.macs(network):,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
