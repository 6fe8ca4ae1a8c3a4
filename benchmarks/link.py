"""The serial line under noise: what a firmware's harness in C and the host do where bytes are lost, doubled, changed or invented.

    python -m benchmarks.link [--frames 10000] [--seed 1]

For each line it runs inferences until so many frames were sent and prints how many results came and were right, how often the
board was reset, and how many of the bytes that left either end, acknowledgements included, were a tensor's. Each inference is
of 640 bytes in and out, so what starts it counts; last comes the share while tensors alone pass over a quiet line. It exits
with 1 where a result was wrong or that share is below four fifths.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.harness.fake_board import FakeBoard, NoisyLine, build, expected
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link

SHAPE, MORE = (1, 20, 30), 10  # of the first input, int8, and the second, float32
LEAST_PAYLOAD = 0.8
LINES = {  # fraction of bytes damaged, of frames with a reset, of answers that come late
    "quiet": (0.0, 0.0, 0.0),
    "1 in 1,000 bytes damaged": (1e-3, 0.0, 0.0),
    "1 in 100 bytes damaged": (1e-2, 0.0, 0.0),
    "1 in 100 bytes damaged, 1 in 100 frames reset, 1 in 20 answers late": (1e-2, 1e-2, 5e-2),
}


def run(library: Path, frames: int, noise: float, reset: float, late: float, seed: int) -> tuple[int, int, int, float]:
    """Results, wrong ones among them, resets, and the share of payload."""
    board = FakeBoard(library)
    line, rng = NoisyLine(board, noise, reset, late, seed), np.random.default_rng(seed)
    device = WireDevice(Link(line))
    device.info  # noqa: B018 (asked for once, whatever follows)
    before = board.bytes_to_board + board.bytes_from_board
    results = wrong = 0
    while line.frames < frames:
        inputs = [rng.integers(-128, 128, SHAPE).astype(np.int8), rng.normal(size=MORE).astype(np.float32)]
        found = device.run(inputs)
        results += 1
        wrong += not (np.array_equal(found[0], expected(inputs[0])) and np.array_equal(found[1], inputs[1]))
    bytes_a_result = 2 * sum(value.nbytes for value in inputs)
    passed = board.bytes_to_board + board.bytes_from_board - before
    return results, wrong, board.resets - 1, results * bytes_a_result / passed


def bulk(library: Path, times: int = 100) -> float:
    """The share of payload while a tensor is written and another read."""
    board = FakeBoard(library)
    device = WireDevice(Link(board))
    value = np.zeros(SHAPE, np.int8)
    device.write(0, value)  # the greeting, too
    before = board.bytes_to_board + board.bytes_from_board
    for _ in range(times):
        device.write(0, value)
        device.read(0)
    return 2 * times * value.nbytes / (board.bytes_to_board + board.bytes_from_board - before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    failed = False
    print("| line | frames | results | wrong | resets | payload |\n|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        for name, (noise, reset, late) in LINES.items():
            results, wrong, resets, payload = run(library, arguments.frames, noise, reset, late, arguments.seed)
            failed |= wrong > 0
            print(f"| {name} | {arguments.frames:,} | {results:,} | {wrong} | {resets} | {payload:.1%} |", flush=True)
        share = bulk(library)
        print(f"| quiet, tensors alone | | | | | {share:.1%} |")
    return int(failed or share < LEAST_PAYLOAD)


if __name__ == "__main__":
    sys.exit(main())
