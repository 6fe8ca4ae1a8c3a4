"""Hardware: a board on a serial port, flashed first unless told otherwise."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from tinykit.boards import Board
from tinykit.builder.build import flash
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link, LinkError
from tinykit.targets.stream import SerialStream


class SerialTarget:
    """Talks to the validation firmware on a board while it is entered; entering gives the device."""

    name = "serial"

    def __init__(self, port: str, board: Board, project: Path, sha256: str, *, flash_first: bool = True) -> None:
        self._port, self._board, self._project = port, board, project
        self._sha256, self._flash = sha256, flash_first
        self._stream: SerialStream | None = None
        self._link: Link | None = None

    def __enter__(self) -> WireDevice:
        if self._flash:
            flash(self._project)
        baud = self._board.target("serial").get("baud", 115200) if "serial" in self._board.targets else 115200
        self._stream = SerialStream(self._port, baud)
        try:
            self._link = Link(self._stream, self._on_line, self._stream)
            device = WireDevice(self._link, unit="cycles")
            device.expect(self._sha256)
        except BaseException:
            self._stream.close()
            raise
        return device

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None and self._link is not None:
            if not isinstance(error, ToolError):  # else nobody listens
                self._link.slow_down()
            self._stream.close()

    def _on_line(self, line: str) -> None:
        if "tk-fault" in line:
            raise LinkError(f"the firmware faulted: {line.strip()}")
