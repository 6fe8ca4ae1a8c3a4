"""Hardware: a board on a serial port, flashed first unless told otherwise."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

from tinykit.boards import Board
from tinykit.boards.values import as_number
from tinykit.errors import ToolError
from tinykit.flashing import flash
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link, LinkError, NoAnswer
from tinykit.targets.errors import TargetError
from tinykit.targets.faults import Faults
from tinykit.targets.ports import find_port
from tinykit.targets.stream import SerialStream

_APPEARS = 5.0  # seconds that a port may take to come back after the board was flashed


class SerialTarget:
    """Talks to the validation firmware on a board while it is entered; entering gives the device.

    Without a `port` it is found by the board's USB id.
    """

    name = "serial"

    def __init__(
        self, port: str | None, board: Board, elf: Path, sha256: str, *, flash_first: bool = True, faults: Faults | None = None
    ) -> None:
        self._port, self._board, self._elf = port, board, elf
        self._sha256, self._flash, self._faults = sha256, flash_first, faults
        self._stream: SerialStream | None = None
        self._link: Link | None = None

    def __enter__(self) -> WireDevice:
        if self._flash:
            flash(self._board, self._elf)
        self._stream = self._open()
        try:
            self._link = Link(self._stream, self._on_line, self._stream)
            device = self._greet(self._link)
        except BaseException:
            self._stream.close()
            raise
        return device

    def _open(self) -> SerialStream:
        end = time.monotonic() + (_APPEARS if self._flash else 0)
        while True:
            try:
                self._port = self._port or find_port(self._board)
                return SerialStream(self._port, baud_of(self._board))
            except TargetError:
                if time.monotonic() >= end:
                    raise
                time.sleep(0.2)

    def _greet(self, link: Link) -> WireDevice:
        try:
            device = WireDevice(link, unit="cycles", scale=None)
        except NoAnswer as error:
            raise TargetError(
                f"the board on {self._port} does not answer: {error.message}",
                hint="is it this board's port, and does it run a tinykit validation firmware? Reset it, or leave out --no-flash",
            ) from None
        device.expect(self._sha256)
        if device.info.board != self._board.id:
            raise ToolError(
                f"the firmware on {self._port} was built for {device.info.board}, not for {self._board.id}",
                hint="flash the right one: leave out --no-flash",
            )
        return device

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._stream is not None and self._link is not None:
            if not isinstance(error, ToolError):  # else nobody listens
                self._link.slow_down()
            self._stream.close()

    def _on_line(self, line: str) -> None:
        if self._faults:
            self._faults.line(line)
        elif "tk-fault" in line:
            raise LinkError(f"the firmware faulted: {line.strip()}")


def baud_of(board: Board) -> int:
    """Bits a second of the board's console after a reset."""
    return as_number(board.target("serial").get("baud", 115200)) if "serial" in board.targets else 115200
