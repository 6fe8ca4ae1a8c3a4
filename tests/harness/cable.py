"""A serial cable without a board: a pseudo-terminal whose other end is the harness in C, at whatever speed that listens."""

from __future__ import annotations

import os
import pty
import random
import select
import termios
import threading
import time
import tty
from typing import Protocol

from tests.harness.fake_board import FakeBoard

_BAUDS = {termios.B115200: 115200, termios.B921600: 921600}


class Way(Protocol):
    """What carries bytes to a board and back: the board itself, or a noisy line to it."""

    def write(self, data: bytes) -> None: ...
    def read(self, timeout: float) -> bytes: ...


class Cable:
    """A pseudo-terminal at `port`; what is written there reaches `board`, unless there is none.

    Where the two ends run at different speeds, only garbage arrives. Time passes `haste` times as fast for the board as for us.
    """

    def __init__(self, board: FakeBoard | None, way: Way | None = None, haste: float = 1.0) -> None:
        self._board, self._way, self._haste = board, way or board, haste
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self._random = random.Random(1)
        self._pulled = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def baud(self) -> int:
        """What our end is set to; 0 for a speed no board has."""
        return _BAUDS.get(termios.tcgetattr(self._theirs)[5], 0)

    def _serve(self) -> None:
        last = time.monotonic()
        while not self._pulled:
            try:
                ready = select.select([self._ours], [], [], 0.01)[0]
                data = os.read(self._ours, 4096) if ready else b""
                now = time.monotonic()
                if self._board is not None and self._way is not None:
                    if data:
                        self._carry(data)
                    else:
                        self._board.idle((now - last) * self._haste)
                last = now
            except (OSError, ValueError):
                return

    def _carry(self, data: bytes) -> None:
        assert self._board is not None and self._way is not None
        same = self.baud == self._board.baud
        self._way.write(data if same else self._garbage(data))
        reply = self._way.read(0)
        os.write(self._ours, reply if same else self._garbage(reply))

    def _garbage(self, data: bytes) -> bytes:
        return self._random.randbytes(len(data))

    def pull(self) -> None:
        """Unplug the board: its port hangs up."""
        if not self._pulled:
            self._pulled = True
            self._thread.join()
            os.close(self._theirs)
            os.close(self._ours)
