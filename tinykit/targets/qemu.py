"""QEMU: an independent second opinion, with virtual time that counts instructions."""

from __future__ import annotations

import contextlib
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
from tinykit.boards.values import as_number
from tinykit.builder import build_guarding_layers
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link, NoAnswer
from tinykit.janitor import running, temporary_folder
from tinykit.targets.errors import TargetError
from tinykit.targets.faults import ARENA, MARK, Faults
from tinykit.targets.qmp import Monitor
from tinykit.targets.replay import trespass
from tinykit.targets.stream import SocketStream

_START_SECONDS = 20.0


class QemuTarget:
    """Runs a firmware in QEMU while it is entered; entering gives the device. The process never outlives the target."""

    name = "qemu"

    def __init__(
        self,
        board: Board,
        firmware: Firmware,
        *,
        project: Path | None = None,
        layers: Sequence[str] = (),
        limit: float = 300.0,
    ) -> None:
        """`layers`: the model's, for what is said of a fault; `limit`: seconds after which a command counts as hung.

        `project`: where the firmware was built; it is built anew to find out which layer wrote outside the arena.
        """
        self._board, self._layers = board, layers
        self._data = board.target("qemu")
        self._firmware, self._project = firmware, project
        self._faults = Faults(board, firmware, layers)
        self._limit = limit
        self._owned = ExitStack()
        self._monitor: Monitor | None = None
        self.pid = 0

    def __enter__(self) -> WireDevice:
        with ExitStack() as owned:
            try:
                device = self._connect(owned)
            except NoAnswer as error:  # it hangs before it ever listens
                self._explain_silence(error)
                raise
            self._owned = owned.pop_all()
        return device

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._owned:
            if isinstance(error, NoAnswer):
                self._explain_silence(error)

    def _start(self, owned: ExitStack) -> SocketStream:
        """QEMU calls us: ports that we listen on cannot be taken by anybody else in between."""
        program = shutil.which(self._data["system"])
        if program is None:
            raise ToolError(
                f"{self._data['system']} is not installed",
                hint=f"apt install {self._data['package']}, or another --target",
            )
        log = owned.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (it lives as long as the process)
        console, monitor = owned.enter_context(_listener()), owned.enter_context(_listener())
        command = [
            program, "-M", self._data["machine"], "-nographic", "-monitor", "none", "-icount", "shift=0",
            *(("-bios", "none") if self._data["system"].endswith("riscv32") else ()),
            "-serial", f"tcp:127.0.0.1:{_port(console)},nodelay=on", "-qmp", f"tcp:127.0.0.1:{_port(monitor)}",
            "-kernel", str(self._firmware.elf),
        ]  # fmt: skip
        process = owned.enter_context(running(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

        self.pid = process.pid

        def words() -> str:
            return _last_words(process, log)

        try:
            connection = owned.enter_context(console.accept()[0])
            self._monitor = Monitor(owned.enter_context(monitor.accept()[0]))
        except (OSError, ValueError):
            raise TargetError(
                f"QEMU did not start: {words() or 'it said nothing'}", hint="the command was: " + " ".join(command)
            ) from None
        owned.callback(self._monitor.close)
        return SocketStream(connection, words)

    def _connect(self, owned: ExitStack) -> WireDevice:
        stream = self._start(owned)

        def on_line(text: str) -> None:
            try:
                self._faults.line(text)
            except TargetError as error:
                raise (self._trespass(bytes(stream.history)) if ARENA in text else None) or error from None

        scale = as_number(self._data["count_scale"]) / 1000
        return WireDevice(Link(stream, on_line), unit="instructions", scale=scale, limit=self._limit)

    def _trespass(self, received: bytes) -> TargetError | None:
        """Who wrote outside the arena: QEMU does not look at every write. The emulator does, where it has the board; elsewhere
        another firmware looks before every layer."""
        if "emulator" in self._board.targets:
            from tinykit.targets.emulator import Emulator

            emulator = Emulator(self._board, self._firmware, layers=self._layers, limit=self._limit)
            return trespass(emulator, self._firmware.symbols, received)
        if self._project is None:
            return None
        with temporary_folder() as folder:
            firmware = build_guarding_layers(self._project, folder / "project")
            return QemuTarget(self._board, firmware, layers=self._layers)._replay(received)

    def _replay(self, received: bytes) -> TargetError | None:
        """The fault that a firmware reports on these bytes; None where it reports none in time."""
        mark, sent, end = MARK.encode(), b"", time.monotonic() + self._limit
        with ExitStack() as owned:
            stream = self._start(owned)
            stream.write(received)
            while time.monotonic() < end:
                sent += stream.read(1.0)
                _, found, report = sent.partition(mark)
                if found and b"\n" in report:
                    return self._faults.error(report.partition(b"\n")[0].decode(errors="replace").strip())
        return None

    def _explain_silence(self, error: NoAnswer) -> None:
        """Raise TargetError saying where a firmware that does not answer is, if QEMU tells."""
        layer = self._firmware.symbols.get("tk_layer")
        try:
            assert self._monitor is not None
            registers = self._monitor.registers()
            where = self._faults.layer(self._monitor.word(layer)) if layer else ""
        except (OSError, ValueError):
            return
        pc = registers.get("pc", 0)
        raise TargetError(
            f"the firmware hangs in {self._faults.function(pc)} (pc {pc:#010x}){where}: {error.message}",
            hint="registers: " + " ".join(f"{name}={value:08x}" for name, value in registers.items()),
        ) from None


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1)
    listener.settimeout(_START_SECONDS)
    return listener


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _last_words(process: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """What QEMU itself wrote last."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.5)
    log.seek(0)
    return log.read()[-400:].decode(errors="replace").strip()
