"""Compile every kernel, the harness and the emulator's hook with every compiler there is; any warning is an error.

Board support is compiled for its boards by tests/builder/test_support_warnings.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "firmware_templates"
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror")
VARIANTS = ((), ("-DTK_DSP=1",))

# What the renderer writes for one board and one model, as far as the harness looks at it.
CONFIG = '#define TK_BOARD "check"\n#define TK_COUNTER_UNIT 0\n'
SELECT = '#include "tk_model.h"\nextern const tk_model check_model;\n#define TK_MODEL check_model\n'


def compilers() -> dict[str, list[str]]:
    found = {name: [path] for name in ("gcc", "clang") if (path := shutil.which(name))}
    return {**found, "zig": [sys.executable, "-m", "ziglang", "cc"]}


def compile_one(compiler: list[str], source: Path, includes: list[Path], variant: tuple[str, ...], out: Path) -> str:
    """The compiler's words, empty when it has none."""
    command = [*compiler, *FLAGS, *variant, *(f"-I{path}" for path in includes), "-c", str(source), "-o", str(out)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 and not run.stderr else f"{' '.join(command)}\n{run.stdout}{run.stderr}"


def main() -> int:
    kernels = sorted(path for folder in ("kernels", "features") for path in (TEMPLATES / folder).glob("*.c"))
    harness = [*sorted((TEMPLATES / "harness").glob("*.c")), ROOT / "tinykit" / "targets" / "count.c"]
    found = compilers()
    if os.environ.get("CI") and (lost := {"gcc", "clang"} - found.keys()):
        print(f"C check: {' and '.join(sorted(lost))} missing", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        rendered = Path(scratch)
        (rendered / "tk_config.h").write_text(CONFIG)
        (rendered / "model_select.h").write_text(SELECT)
        folders = ("kernels", "features", "harness", "support/common")
        includes = [rendered, *(TEMPLATES / folder for folder in folders)]
        jobs = [(name, source, v) for name in found for source in kernels for v in VARIANTS]
        jobs += [(name, source, ()) for name in found for source in harness]
        results = pool.map(
            lambda job: compile_one(
                found[job[0]], job[1], includes, job[2], rendered / f"{job[0]}-{job[1].stem}{len(job[2])}.o"
            ),
            jobs,
        )
        failures = [words for words in results if words]
    print(*failures, sep="\n")
    print(f"C check: {len(kernels) + len(harness)} files with {', '.join(found)}: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
