"""A simulated firmware's console as a pseudo-terminal, which other programs open like a board's serial port."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

from tinykit.errors import ToolError
from tinykit.targets.base import Stream

_PAUSE = 0.01


def offer(stream: Stream, opened: Callable[[str], None]) -> None:
    """Carry bytes between `stream` and a new pseudo-terminal, whose path goes to `opened`, until interrupted.

    What the firmware sends while nobody reads is lost as soon as the terminal's buffer is full, as on a real line.
    """
    try:
        import pty
        import tty
    except ImportError:
        raise ToolError("this system has no pseudo-terminals", hint="Linux and macOS have them") from None
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        opened(os.ttyname(theirs))
        while True:
            if select.select([ours], [], [], _PAUSE)[0]:
                stream.write(os.read(ours, 4096))
            if data := stream.read(_PAUSE / 10):
                _send(ours, data)
    finally:
        os.close(ours)
        os.close(theirs)


def _send(terminal: int, data: bytes) -> None:
    while data and select.select([], [terminal], [], 1.0)[1]:
        try:
            data = data[os.write(terminal, data) :]
        except BlockingIOError:
            return
