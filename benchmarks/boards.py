"""Every model on every board in every simulator, each byte compared: the table as Markdown.

    python -m benchmarks.boards MODEL_OR_FOLDER... [--boards pico microbit] [--targets emulator qemu] [--sample 12 --seed 1]
        [--out table.md] [--jobs 2]

A cell says ok, or – where the model does not fit, or what went wrong; then the exit code is 1. In GitHub Actions the table also
goes into the job's summary. Processor time, compilers and simulators included, is told as it goes and in all.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tinykit import pipeline
from tinykit.boards import boards, load_board
from tinykit.errors import DoesNotFit, TinykitError

SIMULATORS = ("emulator", "qemu")
FITS_NOT = "–"
PASSED = "ok"
Cell = tuple[Path, str, str]
"""A model, a board, a target."""


def cells(models: Sequence[Path], names: Sequence[str] = (), targets: Sequence[str] = SIMULATORS) -> list[Cell]:
    """Every model on every board (or those called `names`) in every simulator that it has."""
    chosen = [load_board(name) for name in names] or boards()
    return [(model, board.id, target) for model in models for board in chosen for target in board.targets if target in targets]


def sample(all_cells: Sequence[Cell], count: int, seed: int) -> list[Cell]:
    """Some of the cells, the same for the same seed; each board once before any twice."""
    shuffled = random.Random(seed).sample(list(all_cells), len(all_cells))
    turn: Counter[str] = Counter()
    ordered = []
    for cell in shuffled:
        ordered.append((turn[cell[1]], cell))
        turn[cell[1]] += 1
    return [cell for _, cell in sorted(ordered, key=lambda entry: entry[0])][:count]


def run(cell: Cell) -> str:
    """What came of deploying a model: `ok`, `–`, or the failure."""
    model, board, target = cell
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = pipeline.deploy(model, board=board, target=target, out=Path(folder) / "project")
        except DoesNotFit:
            return FITS_NOT
        except TinykitError as error:
            return f"FAILED: {error.message}"
    if report.bit_exact:
        return PASSED
    return "not verified" if report.bit_exact is None else f"FAILED: {report.bytes_differing} bytes differ"


def timed(cell: Cell) -> tuple[str, float]:
    """`run`, and the seconds of processor time that it took with all the processes it started."""
    begun = os.times()
    result = run(cell)
    return result, sum(os.times()[:4]) - sum(begun[:4])


def table(results: dict[Cell, str]) -> str:
    """The results, a row a board and target, a column a model."""
    models = list(dict.fromkeys(model for model, _, _ in results))
    rows = list(dict.fromkeys((board, target) for _, board, target in results))
    lines = ["| board | target | " + " | ".join(model.stem for model in models) + " |", "|---" * (len(models) + 2) + "|"]
    for board, target in rows:
        found = [results.get((model, board, target), "") for model in models]
        lines.append(f"| {board} | {target} | " + " | ".join(found) + " |")
    return "\n".join(lines) + "\n"


def find_models(paths: Sequence[Path]) -> list[Path]:
    """`.tflite` files, those in folders, and model families."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.tflite")) if path.is_dir() else []
        found += inside or [path]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--boards", nargs="*", default=[])
    parser.add_argument("--targets", nargs="*", default=list(SIMULATORS), help="add renode where it is installed")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    wanted = cells(find_models(arguments.models), arguments.boards, arguments.targets)
    if arguments.sample is not None:
        wanted = sample(wanted, arguments.sample, arguments.seed)
    results: dict[Cell, str] = {}
    spent = 0.0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for cell, (result, seconds) in zip(wanted, pool.map(timed, wanted), strict=True):
            results[cell] = result
            spent += seconds
            print(f"{cell[0].stem} on {cell[1]} in {cell[2]}: {result} ({seconds:.1f} s)", file=sys.stderr, flush=True)
    print(f"{len(wanted)} deploys in {spent / 60:.1f} minutes of processor time", file=sys.stderr)
    text = table(results)
    print(text, end="")
    for path in filter(None, [arguments.out, os.environ.get("GITHUB_STEP_SUMMARY")]):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    return int(any(result not in (PASSED, FITS_NOT) for result in results.values()))


if __name__ == "__main__":
    sys.exit(main())
