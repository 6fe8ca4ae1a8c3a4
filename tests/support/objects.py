"""Kernels compiled once: their objects stay in the user's cache, named by what they were made of, for all tests and workers."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from tinykit.builder.host import host_compiler
from tinykit.cache import atomic_write, cache_dir, content_key
from tinykit.resources import data_path

KERNELS = data_path("firmware_templates") / "kernels"
_OBJECTS = cache_dir() / "test-objects"
_FLAGS = ("-std=c11", "-O0", "-fPIC", "-fvisibility=default", "-Wall", "-Wextra", "-Wconversion", "-Werror")
_KEPT_SECONDS = 7 * 24 * 3600


def kernel_objects(command: Sequence[str], sources: Iterable[str]) -> list[str]:
    """The object files of the kernels in `sources` (`tk_add`, …), compiled by `command`: a compiler and its options."""
    return [str(_object(tuple(command), source)) for source in sources]


def library_inputs(command: Sequence[str], library: Path) -> list[str]:
    """What makes a program of a rendered model's library: where its headers are, its own sources, its kernels' objects."""
    kernels = sorted((library / "src" / "kernels").glob("*.c"))
    for copied in kernels:
        assert copied.read_bytes() == (KERNELS / copied.name).read_bytes(), copied
    includes = [f"-I{library / part}" for part in ("include", "src", "src/kernels")]
    return [*includes, *map(str, sorted((library / "src").glob("*.c"))), *kernel_objects(command, [k.stem for k in kernels])]


def shared_library(library: Path, to: Path, *, dsp: int) -> Path:
    """A rendered model's library for this computer, with the DSP extension's kernels (in C) or without; gives `to`."""
    command = [*host_compiler(), *_FLAGS, f"-DTK_DSP={dsp}"]
    linking = [*command, "-shared", *library_inputs(command, library), "-o", str(to)]
    done = subprocess.run(linking, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(linking)}\n{done.stderr}"
    return to


@cache
def _object(command: tuple[str, ...], source: str) -> Path:
    path = KERNELS / f"{source}.c"
    wanted = _OBJECTS / f"{content_key(*command, _version(command), _headers(), path.read_bytes())}.o"
    if not wanted.exists():
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "made.o"
            compile_command = [*command, f"-I{KERNELS}", "-c", str(path), "-o", str(made)]
            done = subprocess.run(compile_command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{' '.join(compile_command)}\n{done.stderr}"
            atomic_write(wanted, made.read_bytes())
    return wanted


@cache
def _headers() -> bytes:
    """Any kernel may include any of them. Objects of versions long gone are dropped on the way."""
    for old in _OBJECTS.glob("*.o"):
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            old.unlink(missing_ok=True)
    return b"".join(path.read_bytes() for path in sorted(KERNELS.glob("*.h")))


@cache
def _version(command: tuple[str, ...]) -> bytes:
    return subprocess.run([*command, "--version"], capture_output=True, check=True).stdout
