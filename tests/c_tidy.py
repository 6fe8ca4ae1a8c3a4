"""clang-tidy over every kernel, the harness, the board support and a rendered model; `.clang-tidy` says which checks are off.

Where clang-tidy is not installed nothing is checked; with CI set that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.c_warnings import CONFIG, ROOT, SELECT, TEMPLATES
from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import Board, boards

# What clang calls the cores, and what it need not be told.
GCC_ONLY = ("-misa-spec=2.2",)
TRIPLES = {"arm-none-eabi-": "arm-none-eabi", "riscv64-unknown-elf-": "riscv32-unknown-elf"}


def rendered_project(scratch: Path, board: Board) -> Path:
    """A whole project of a small model."""
    model, plan, project = scratch / "net.tflite", scratch / f"{board.id}.json", scratch / board.id
    model.write_bytes(convolutional())
    pipeline.plan(model, board=board.id, out=plan)
    pipeline.render(plan, out=project)
    return project


def jobs(scratch: Path) -> Iterator[list[str]]:
    """The arguments of each run: a source, and how it is compiled."""
    (scratch / "tk_config.h").write_text(CONFIG)
    (scratch / "model_select.h").write_text(SELECT)
    own = [scratch, TEMPLATES / "kernels", TEMPLATES / "features", TEMPLATES / "harness", TEMPLATES / "support" / "common"]
    host = ["-std=c11", *(f"-I{folder}" for folder in own)]
    kernels = sorted(path for folder in ("kernels", "features") for path in (TEMPLATES / folder).glob("*.c"))
    others = [*(TEMPLATES / "harness").glob("*.c"), ROOT / "tinykit" / "targets" / "count.c"]
    yield from ([str(source), "--", *host, "-DTK_DSP=1"] for source in kernels)
    yield from ([str(source), "--", *host] for source in sorted(others))
    seen: set[bytes] = set()
    for board in boards():
        project = rendered_project(scratch, board)
        if not seen:
            (library,) = (project / "lib").iterdir()
            include = [f"-I{library / part}" for part in ("include", "src", "src/kernels")]
            yield from ([str(source), "--", "-std=c11", *include] for source in sorted((library / "src").glob("*.c")))
        here, own_keys = project / "src" / "board", board.manifest["tinykit"]
        target = [f"--target={TRIPLES[own_keys['prefix']]}", "-ffreestanding", f"-I{here}", "-std=c11"]
        target += ["-isystem", str(here / "freestanding"), *(option for option in own_keys["gcc"] if option not in GCC_ONLY)]
        fresh = {source: source.read_bytes() for source in sorted(here.glob("*.c")) if source.read_bytes() not in seen}
        seen |= set(fresh.values())
        yield from ([str(source), "--", *target] for source in fresh)


def tidy(arguments: list[str]) -> str:
    """What clang-tidy has to say, empty for nothing."""
    config = f"--config-file={ROOT / '.clang-tidy'}"
    run = subprocess.run(["clang-tidy", "--quiet", config, *arguments], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 and not run.stdout.strip() else run.stdout + run.stderr


def main() -> int:
    if shutil.which("clang-tidy") is None:
        print("clang-tidy is not installed: not checked", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        work = list(jobs(Path(scratch)))
        failures = [words for words in pool.map(tidy, work) if words]
    print(*failures, sep="\n")
    print(f"clang-tidy: {len(work)} files: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
