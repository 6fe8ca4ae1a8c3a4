"""A rendered model as a shared library for this computer: the same C, loaded by ctypes, for fast differential tests."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tinykit import janitor
from tinykit.errors import ToolError

_FLAGS = ("-std=c11", "-shared", "-fPIC", "-fvisibility=default", "-Wall", "-Wextra", "-Wconversion", "-Werror")
_SANITIZERS = ("-fsanitize=undefined", "-fno-sanitize-recover=all", "-g")


def host_compiler() -> tuple[str, ...]:
    """The command of a C compiler for this computer: the system's cc, else zig from PyPI."""
    if cc := shutil.which("cc") or shutil.which("gcc") or shutil.which("clang"):
        return (cc,)
    if importlib.util.find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "cc")
    raise ToolError("no C compiler for this computer was found", hint="pip install ziglang")


def build_host(
    library: Path,
    *,
    out: Path | None = None,
    optimize: str = "-O1",
    defines: Sequence[str] = (),
    sanitize: bool = False,
) -> Path:
    """Compile the model library in folder `library` (`lib/<prefix>` of a project) to a shared object; returns its path.

    The result lies in `out` if given, else in a new temporary folder that is the caller's to remove. `defines` are
    preprocessor definitions such as `TK_DSP=1`, which takes the DSP path with emulated instructions.
    Raises ToolError with the compiler's message when it fails.
    """
    folder = out or Path(tempfile.mkdtemp(prefix="tinykit-host-"))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{library.name}.so"
    sources = sorted(library.glob("src/**/*.c"))
    includes = [f"-I{library / part}" for part in ("include", "src", "src/kernels")]
    command = [
        *host_compiler(),
        *_FLAGS,
        optimize,
        *(_SANITIZERS if sanitize else ()),
        *(f"-D{d}" for d in defines),
        *includes,
        *map(str, sources),
        "-o",
        str(target),
    ]
    run = janitor.run(command)
    if run.returncode:
        first = next((line for line in run.stderr.splitlines() if "error" in line), run.stderr.strip()[:400])
        raise ToolError(f"the host compiler failed: {first}", hint=f"the command was: {' '.join(command)}")
    return target
