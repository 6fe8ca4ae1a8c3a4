"""Nothing is left behind: processes and temporary folders end with the program that made them, however it ends.

A helper process waits at the end of a pipe. When this program is gone, by Ctrl-C, by a signal that leaves it no time or by a
crash, the pipe breaks, and the helper ends and removes what is still on its list.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HELPER = Path(__file__).with_name("janitor_helper.py")
_GRACE_SECONDS = 2.0


class _Helper:
    """The helper process of this process."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_HELPER)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
        )  # fmt: skip
        atexit.register(self._close)

    def tell(self, **entry: object) -> None:
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(entry).encode() + b"\n")
            self._process.stdin.flush()

    def _close(self) -> None:
        if self.owner == os.getpid() and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.wait()


_helper: _Helper | None = None
_starting = threading.Lock()


def _tell(**entry: object) -> None:
    global _helper
    with _starting:
        if _helper is None or _helper.owner != os.getpid():
            _helper = _Helper()
    _helper.tell(**entry)


@contextmanager
def temporary_folder(prefix: str = "tinykit-", parent: Path | None = None) -> Iterator[Path]:
    """A new folder in `parent` (default: where the system keeps such) that vanishes with the context, or with the program."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).absolute()
    _tell(folder=str(path), keep=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        _tell(folder=str(path), keep=False)


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """`command` as a process with all that it starts; `options` are those of Popen.

    Whatever of it still runs when the context is left is ended, as it is when the program is gone.
    """
    process = subprocess.Popen(command, start_new_session=True, **options)
    _tell(group=process.pid, keep=True)
    try:
        yield process
    finally:
        _end(process)
        _tell(group=process.pid, keep=False)


def run(command: Sequence[str], *, timeout: float | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end and return what it said, as text. Raises TimeoutExpired after `timeout` seconds, with nothing
    of it left running.
    """
    with running(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **options
    ) as process:
        out, err = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


def _end(process: subprocess.Popen[Any]) -> None:
    """Ask the process group to end, then make it."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _signal(process, signal.SIGKILL)  # what the process has started may outlive it
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _signal(process: subprocess.Popen[Any], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
