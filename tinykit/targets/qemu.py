"""QEMU: an independent second opinion, with virtual time that counts instructions."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import IO

from tinykit.boards import Board
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link, NoAnswer
from tinykit.janitor import running
from tinykit.targets.errors import TargetError
from tinykit.targets.faults import ARENA, Faults
from tinykit.targets.qmp import Monitor
from tinykit.targets.replay import trespass
from tinykit.targets.stream import SocketStream

_START_SECONDS = 20.0


class QemuTarget:
    """Runs a firmware in QEMU while it is entered; entering gives the device. The process never outlives the target."""

    name = "qemu"

    def __init__(self, board: Board, firmware: Firmware, *, layers: Sequence[str] = (), limit: float = 300.0) -> None:
        """`layers`: the model's, for what is said of a fault; `limit`: seconds after which a command counts as hung."""
        self._board, self._layers = board, layers
        self._data = board.target("qemu")
        self._firmware = firmware
        self._faults = Faults(board, firmware, layers)
        self._limit = limit
        self._owned = ExitStack()
        self._monitor: Monitor | None = None
        self.pid = 0

    def __enter__(self) -> WireDevice:
        program = shutil.which(self._data["system"])
        if program is None:
            raise ToolError(
                f"{self._data['system']} is not installed",
                hint=f"apt install {self._data['package']}, or another --target",
            )
        with ExitStack() as owned:
            try:
                device = self._connect(program, owned)
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

    def _connect(self, program: str, owned: ExitStack) -> WireDevice:
        """QEMU calls us: ports that we listen on cannot be taken by anybody else in between."""
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
        stream = SocketStream(connection, words)

        def on_line(text: str) -> None:
            try:
                self._faults.line(text)
            except TargetError as error:
                raise (self._trespass(bytes(stream.history)) if ARENA in text else None) or error from None

        scale = self._data["count_scale"] / 1000
        return WireDevice(Link(stream, on_line), unit="instructions", scale=scale, limit=self._limit)

    def _trespass(self, received: bytes) -> TargetError | None:
        """Who wrote outside the arena: QEMU does not look at every write, but the emulator does, where it has the board, too."""
        if "emulator" not in self._board.targets:
            return None
        from tinykit.targets.emulator import Emulator

        emulator = Emulator(self._board, self._firmware, layers=self._layers, limit=self._limit)
        return trespass(emulator, self._firmware.symbols, received)

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
