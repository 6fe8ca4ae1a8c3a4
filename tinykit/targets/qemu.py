"""QEMU: an independent second opinion, with virtual time that counts instructions."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from types import TracebackType
from typing import IO

from tinykit.boards import Board
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link, LinkError
from tinykit.targets.errors import TargetError
from tinykit.targets.stream import SocketStream

_START_SECONDS = 10.0


class QemuTarget:
    """Runs a firmware in QEMU while it is entered; entering gives the device. The process never outlives the target."""

    name = "qemu"

    def __init__(self, board: Board, firmware: Firmware) -> None:
        self._data = board.target("qemu")
        self._firmware = firmware
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> WireDevice:
        program = shutil.which(self._data["system"])
        if program is None:
            raise ToolError(
                f"{self._data['system']} is not installed",
                hint=f"apt install {self._data['package']}, or another --target",
            )
        try:
            return self._connect(program)
        except BaseException:
            self._stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _connect(self, program: str) -> WireDevice:
        """QEMU calls us: a port that we listen on cannot be taken by anybody else in between."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            listener.settimeout(_START_SECONDS)
            port = listener.getsockname()[1]
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
            command = [
                program, "-M", self._data["machine"], "-nographic", "-monitor", "none", "-icount", "shift=0",
                *(("-bios", "none") if self._data["system"].endswith("riscv32") else ()),
                "-serial", f"tcp:127.0.0.1:{port},nodelay=on", "-kernel", str(self._firmware.elf),
            ]  # fmt: skip
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True
            )
            try:
                self._connection, _ = listener.accept()
            except TimeoutError:
                raise TargetError(
                    f"QEMU did not start: {self._words() or 'it said nothing'}",
                    hint="the command was: " + " ".join(command),
                ) from None
        stream = SocketStream(self._connection, self._words)
        scale = self._data["count_scale"] / 1000
        return WireDevice(Link(stream, self._on_line), unit="instructions", scale=scale, limit=600.0)

    def _on_line(self, line: str) -> None:
        if "tk-fault" in line:
            raise LinkError(f"the firmware faulted: {line.strip()}")

    def _words(self) -> str:
        """What QEMU itself wrote last."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read()[-400:].decode(errors="replace").strip()

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            end = time.monotonic() + 2
            while self._process.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        if self._log is not None:
            self._log.close()
        self._process = self._connection = self._log = None
