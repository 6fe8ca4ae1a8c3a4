"""Processes and temporary folders end with the program that made them, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinykit import janitor

PROGRAM = """
import subprocess, sys, time
from pathlib import Path
from tinykit import janitor

with janitor.temporary_folder(parent=Path(sys.argv[1])) as folder:
    (folder / "part").write_text("half")
    with janitor.running(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE, text=True) as process:
        print(process.pid, process.stdout.readline().strip(), flush=True)
        {end}
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody asks about does not."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, None], ids=str)
def test_a_program_that_ends_leaves_nothing(number: signal.Signals | None, tmp_path: Path) -> None:
    """Hanging up ends it too, even where the tests themselves run under nohup."""
    program = PROGRAM.format(end="time.sleep(1000)" if number else "raise SystemExit('crash')")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None
    started = [int(pid) for pid in process.stdout.readline().split()]
    assert len(started) == 2
    if number:
        assert all(alive(pid) for pid in started) and any(tmp_path.iterdir())
        process.send_signal(number)
    process.wait(20)
    assert eventually(lambda: not any(map(alive, started)) and not any(tmp_path.iterdir()))


def test_a_process_that_ends_by_itself_is_waited_for() -> None:
    done = janitor.run([sys.executable, "-c", "import sys; print('out'); sys.exit('error')"])
    assert (done.returncode, done.stdout, done.stderr) == (1, "out\n", "error\n")


def test_a_folder_vanishes_with_its_context(tmp_path: Path) -> None:
    with pytest.raises(KeyError), janitor.temporary_folder("x-", tmp_path) as folder:
        (folder / "deep").mkdir()
        assert folder.parent == tmp_path
        raise KeyError
    assert not any(tmp_path.iterdir())
