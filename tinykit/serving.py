"""`tinykit serve`: a project's firmware in a simulator, with its console where a board's serial port would be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tinykit import steps
from tinykit.errors import InputError
from tinykit.graph import load
from tinykit.harness.device import WireDevice
from tinykit.progress import SILENT, Progress
from tinykit.projects import open_project
from tinykit.targets import open_target
from tinykit.targets.terminal import offer


def serve(project: str | Path, *, opened: Callable[[str], None], target: str | None = None, progress: Progress = SILENT) -> None:
    """Run the firmware of a project folder until interrupted; `opened` gets the path of its pseudo-terminal."""
    found = open_project(Path(project))
    where = target or steps.default_target(found.board)
    steps.check_target(where, found.board)
    if where.partition(":")[0] not in ("emulator", "qemu"):
        raise InputError(f"{where} is no simulator with a console", hint="--target emulator, or qemu")
    firmware = steps.build(found.folder, "auto", "speed", progress)
    sha256 = load(found.model).sha256
    with open_target(where, found.board, found.folder, prefix=found.prefix, sha256=sha256, firmware=firmware) as device:
        assert isinstance(device, WireDevice)
        with device.counting():
            offer(device.link.stream, opened)
