"""Renode: a third opinion, on a platform generated from the board's manifest."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

from tinykit.boards import Board
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link
from tinykit.janitor import running
from tinykit.targets.errors import TargetError
from tinykit.targets.faults import Faults
from tinykit.targets.stream import SocketStream

GET = "get it from https://github.com/renode/renode/releases (1.16.1 is known to do), and have `renode` on PATH"
_START_SECONDS = 120.0
# Renode goes on, and exits with 0, whatever goes wrong in a script.
_ERROR = re.compile(r"There was an error executing command.*|Error E\d+.*|.*non existing peripheral.*|.*CPU abort.*")


class RenodeTarget:
    """Runs a firmware in Renode while it is entered; entering gives the device. The process never outlives the target."""

    name = "renode"

    def __init__(
        self, board: Board, firmware: Firmware, project: Path, *, layers: Sequence[str] = (), limit: float = 300.0
    ) -> None:
        self._script = project / "renode" / "firmware.resc"
        self._firmware = firmware
        self._faults = Faults(board, firmware, layers)
        self._limit = limit
        self._owned = ExitStack()
        self._log: IO[bytes] | None = None

    def __enter__(self) -> WireDevice:
        program = shutil.which("renode")
        if program is None:
            raise ToolError("renode is not installed", hint=GET)
        if not self._script.is_file():
            raise ToolError(f"{self._script} is missing", hint="render the project again")
        with ExitStack() as owned:
            device = self._connect(program, owned)
            self._owned = owned.pop_all()
        return device

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._owned:
            if (error is None or isinstance(error, ToolError)) and (complaint := self._complaint()):
                raise TargetError(f"Renode says: {complaint}") from None

    def _connect(self, program: str, owned: ExitStack) -> WireDevice:
        self._log = owned.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (it lives as long as the process)
        port = _free_port()
        commands = (
            f"$elf={_quoted(self._firmware.elf)}",
            f"include {_quoted(self._script)}",
            f'emulation CreateServerSocketTerminal {port} "console" false',  # without false it speaks telnet
            "connector Connect sysbus.uart console",
            "start",
        )
        command = [program, "--disable-gui", "--console", "-p", *(part for c in commands for part in ("-e", c))]
        # Its monitor reads commands; where there are none to come, it would end.
        process = owned.enter_context(running(command, stdin=subprocess.PIPE, stdout=self._log, stderr=self._log))
        connection = owned.enter_context(self._reached(port, process))
        stream = SocketStream(connection, lambda: self._complaint() or self._words())
        return WireDevice(Link(stream, self._faults.line), unit=None, limit=self._limit)

    def _reached(self, port: int, process: subprocess.Popen[bytes]) -> socket.socket:
        """A connection to the UART, which is there when Renode has loaded everything."""
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and process.poll() is None and not self._complaint():
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=5)
            except OSError:
                time.sleep(0.1)
        raise TargetError(f"Renode did not start the firmware: {self._complaint() or self._words() or 'it said nothing'}")

    def _complaint(self) -> str:
        """The first thing in Renode's log that must not be there."""
        match = _ERROR.search(self._text())
        return match[0].strip()[:400] if match else ""

    def _words(self) -> str:
        return " ".join(self._text()[-400:].split())

    def _text(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _quoted(path: Path) -> str:
    """A path as Renode's monitor takes it."""
    return "@" + str(path.resolve()).replace(" ", "\\ ")
