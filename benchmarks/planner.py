"""Arenas of the smallest plans, beside those of other engines, and how long the planner takes on deep networks.

    python -m benchmarks.planner FOLDER [--board stm32f746]     every .tflite in the folder
    python -m benchmarks.planner --deep                         60 and 150 layers: seconds of processor time

Bytes are the whole arena with kernel scratch. TFLM's are what its interpreter reports for the same file (with CMSIS-NN),
TinyEngine's and msf-CNN's their published figures; `–` where there is none.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tinykit.boards import Board, load_board
from tinykit.calibration.networks import bottlenecks
from tinykit.errors import TinykitError
from tinykit.graph import load
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, pareto, plan

TFLM = {
    "ad_autoencoder_int8": 2_580,
    "ic_resnet8_int8": 54_996,
    "kws_dscnn_int8": 22_820,
    "mcunet_vww_int8io": 219_716,
    "micro_speech_int8": 6_836,
    "person_detect_int8": 82_308,
    "sww_streaming_int8": 16_596,
    "vww_mobilenet025_96_int8": 100_708,
}
TINYENGINE = {"mcunet_vww_int8io": 93_992}
# By msf-CNN's own analyser, which leaves out the image and the residual additions, at the work it repeats.
MSF_CNN = {"mcunet_vww_int8io": "38,600 (x1.02)"}
COLUMNS = {
    "fastest": PlanOptions(),
    "no repeated work": PlanOptions("min-ram", max_overhead=0.0),
    "work up to x1.03": PlanOptions("min-ram", max_overhead=0.03),
    "streamed, up to x1.03": PlanOptions("min-ram", stream_input=True, max_overhead=0.03),
}


def compare(folder: Path, board: Board) -> None:
    print(f"| model | TFLM | TinyEngine | msf-CNN | {' | '.join(COLUMNS)} | lower bound |")
    print("|---|" + "---:|" * (len(COLUMNS) + 4))
    for file in sorted(folder.glob("*.tflite")):
        graph = load(file)
        cells = [_bytes(TFLM.get(file.stem)), _bytes(TINYENGINE.get(file.stem)), MSF_CNN.get(file.stem, "–")]
        bound = 0
        for options in COLUMNS.values():
            try:
                found = plan(graph, board, options)
            except TinykitError:
                cells.append("–")
                continue
            bound = found.lower_bound if options.max_overhead == 0.0 else bound
            work = f" (x{found.work_factor:.2f})" if found.work_factor > 1.0005 else ""
            cells.append(f"{found.arena_bytes:,}{work}")
        print(f"| {file.stem} | {' | '.join(cells)} | {bound:,} |", flush=True)


def _bytes(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def deep(board: Board) -> None:
    print("| layers | smallest plan, s | frontier, s |\n|---:|---:|---:|")
    for layers in (60, 150):
        graph = run_passes(parse(bottlenecks(layers), name="deep", source="deep"))
        times = []
        for work in (lambda g: plan(g, board, PlanOptions("min-ram")), lambda g: pareto(g, board)):
            start = time.process_time()
            work(graph)
            times.append(f"{time.process_time() - start:.1f}")
        print(f"| {layers} | {' | '.join(times)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--board", default="stm32f746")
    parser.add_argument("--deep", action="store_true")
    options = parser.parse_args()
    board = load_board(options.board)
    if options.folder:
        compare(options.folder, board)
    if options.deep:
        deep(board)


if __name__ == "__main__":
    main()
