"""`python -m tests.graph.fuzz_worker SEED COUNT FOLDER`: damaged files through reader, passes, planner and renderer.

Each must end in code or in one sentence within 5 s of computing. The models that some of the code was made of stay in FOLDER
beside it. The last line on standard output says what happened, as JSON.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import warnings
from pathlib import Path

import numpy as np

from tests.graph.fuzzing import MODELS, bytes_changed, meaning_changed
from tinykit.boards import load_board
from tinykit.errors import DoesNotFit, InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported
from tinykit.planner import PlanOptions, plan
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code

SECONDS = 5
KEPT = 4
"""How many of the accepted files are kept to be run."""


def main(seed: int, count: int, folder: Path) -> None:
    rng = np.random.default_rng(seed)
    board = load_board("stm32f746")
    written = [model() for model in MODELS]
    files = [b.build(outputs) for b, outputs in written]
    accepted, kept, slowest = 0, 0, 0.0
    for number in range(count):
        at = int(rng.integers(len(files)))
        changed = bytes_changed(files[at], rng) if rng.integers(3) == 0 else meaning_changed(written[at], rng)
        (folder / "last.tflite").write_bytes(changed)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            graph = run_passes(parse(changed, name="net", source="net.tflite"))
            check_supported(graph)
            chosen = plan(graph, board, PlanOptions("min-ram" if number % 2 else "fastest"))
            code = model_code(graph, chosen, Uses(graph, board.core))
            accepted += 1
            if changed != files[at] and kept < KEPT and rng.integers(4) == 0:
                kept += 1
                write_library(code, folder / str(kept) / "net")
                (folder / str(kept) / "net.tflite").write_bytes(changed)
        except (InputError, DoesNotFit) as error:
            assert error.message.isprintable() and "\n" not in error.message, error.message
        slowest = max(slowest, SECONDS - signal.setitimer(signal.ITIMER_PROF, 0)[0])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"accepted": accepted, "kept": kept, "megabytes": memory, "slowest": round(slowest, 2)}))


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
