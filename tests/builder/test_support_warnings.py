"""The board support code is free of warnings on the cores it is for, with both compilers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.tiny import make_project
from tests.conftest import missing
from tinykit.boards import boards

FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-ffreestanding", "-c"]


# One board for each choice of support code and machine.
BOARDS = {(*b.manifest["tinykit"]["support"], *b.manifest["tinykit"]["gcc"]): b.id for b in boards()}


@pytest.mark.parametrize("name", BOARDS.values())
def test_support_code_has_no_warnings(name: str, compiler: str, tmp_path: Path) -> None:
    board = make_project(name, tmp_path)
    own = board.manifest["tinykit"]
    gcc = shutil.which(f"{own['prefix']}gcc")
    if compiler == "gcc" and gcc is None:
        missing(f"{own['prefix']}gcc is not installed")
    command = [str(gcc)] if compiler == "gcc" else [sys.executable, "-m", "ziglang", "cc"]
    support = tmp_path / "src" / "board"
    for source in sorted(support.glob("*.c")):
        include = [f"-I{support}", "-isystem", str(support / "freestanding")]
        run = subprocess.run(
            [*command, *own[compiler], *FLAGS, *include, str(source), "-o", str(tmp_path / "out.o")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0 and not run.stderr, run.stderr
