"""Deploys that are killed half-way leave no process, no open port and no temporary folder."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.models import convolutional

MARK = "TINYKIT_TEST_MARK"


def processes(mark: str) -> list[str]:
    """The commands of running processes that have inherited our mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={mark}".encode() in (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if marked and state != "Z":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except (OSError, UnicodeDecodeError):
            continue
    return found


SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def deploys(folder: Path, count: int, kill: set[int], targets: tuple[str, ...], rng: random.Random) -> None:
    """Deploy `count` times, to the `targets` in turn; those in `kill` get the signals in turn, somewhere on the way."""
    model, scratch, mark = folder / "net.tflite", folder / "tmp", str(folder)
    model.write_bytes(convolutional())
    scratch.mkdir()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), MARK: mark}
    command = [sys.executable, "-m", "tinykit", "deploy", str(model), "--board", "mps2_an386"]
    takes, signals = 0.0, itertools.cycle(SIGNALS)
    for n in range(count):
        begun = time.monotonic()
        process = subprocess.Popen(
            [*command, "--target", targets[n % len(targets)], "--out", f"out{n}"],
            cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if n in kill:
            time.sleep(rng.uniform(0.3, 1.0) * takes)
            process.send_signal(next(signals))
            process.wait(120)
        else:
            assert process.wait(300) == 0
            takes = max(takes, time.monotonic() - begun)
    end = time.monotonic() + 20
    while (processes(mark) or leftovers(folder)) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes(mark) == []  # with a process goes its port
    assert leftovers(folder) == []


def leftovers(folder: Path) -> list[str]:
    """Temporary files, and half-made projects beside where they should come to lie."""
    return [*(p.name for p in (folder / "tmp").iterdir()), *(p.name for p in folder.glob(".out*"))]


@pytest.fixture
def qemu(tool: Callable[[str], str]) -> None:
    tool("qemu-system-arm")
    if not Path("/proc/self/environ").exists():
        pytest.skip("looks for processes in /proc")


@pytest.mark.usefixtures("qemu")
def test_two_deploys_one_of_them_killed(tmp_path: Path) -> None:
    deploys(tmp_path, 2, {1}, ("qemu",), random.Random(1))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("qemu")
def test_fifty_deploys_ten_of_them_killed(tmp_path: Path) -> None:
    rng = random.Random(2)
    deploys(tmp_path, 50, set(rng.sample(range(1, 50), 10)), ("emulator", "qemu"), rng)
