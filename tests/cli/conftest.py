"""Running the command line as a user does: a process in an empty folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT


@dataclass
class Ran:
    """What a command printed, its exit code, and its working folder."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    def failed(self, code: int, *words: str) -> None:
        """It ended with `code` and a message of one sentence holding `words`, without a traceback."""
        assert self.code == code, self.out + self.err
        assert "Traceback" not in self.out + self.err
        line = next(line for line in self.err.splitlines() if line.startswith("tinykit: "))
        for word in words:
            assert word in self.err, line


class Shell:
    """A working folder to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *args: str | Path) -> Ran:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
        run = subprocess.run(
            [sys.executable, "-m", "tinykit", *map(str, args)],
            capture_output=True, text=True, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        return Ran(run.returncode, run.stdout, run.stderr, self.folder)

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "work"
    folder.mkdir()
    return Shell(folder)
