"""Byte streams over a socket or a serial port."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from tinykit.targets.errors import TargetError
from tinykit.targets.ports import why_not

_WRITE_SECONDS = 10.0
FASTEST = 921600
"""Baud that the firmware is asked for; it takes what its console can do."""


class SocketStream:
    """A TCP connection to a simulator's UART; `said` explains a connection that breaks."""

    patience = 20.0

    def __init__(self, connection: socket.socket, said: Any = None) -> None:
        self._connection = connection
        self._said = said
        self.history = bytearray()
        """All that was written."""

    def write(self, data: bytes) -> None:
        self.history += data
        try:
            self._connection.sendall(data)
        except OSError:
            raise self._gone() from None

    def read(self, timeout: float) -> bytes:
        self._connection.settimeout(max(timeout, 0.001))
        try:
            data = self._connection.recv(65536)
        except TimeoutError:
            return b""
        except OSError:
            raise self._gone() from None
        if not data:
            raise self._gone()
        return data

    def _gone(self) -> TargetError:
        words = self._said() if self._said else ""
        return TargetError("the simulator ended in the middle of the test" + (f": {words}" if words else ""))


class SerialStream:
    """A serial port, or anything else pyserial opens by its URL."""

    patience = 1.0

    def __init__(self, port: str, baud: int) -> None:
        import serial

        try:
            self._port = serial.serial_for_url(port, baudrate=baud, timeout=0.05, write_timeout=_WRITE_SECONDS, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise why_not(port, error) from None
        self._name = port
        self.speeds: tuple[int, ...] = (baud, FASTEST) if baud < FASTEST and self._has_speed(FASTEST, baud) else (baud,)

    def _has_speed(self, fast: int, baud: int) -> bool:
        try:
            self._port.baudrate = fast
            return True
        except (OSError, ValueError, NotImplementedError):
            return False
        finally:
            self._port.baudrate = baud

    def set_speed(self, baud: int) -> None:
        try:
            self._port.flush()
            self._port.baudrate = baud
        except (OSError, ValueError) as error:
            raise TargetError(f"the serial port {self._name} failed: {error}") from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            raise TargetError(f"the serial port {self._name} failed: {error}") from None

    def read(self, timeout: float) -> bytes:
        try:
            self._port.timeout = max(timeout, 0.001)
            first: bytes = self._port.read(1)
            waiting = self._port.in_waiting if first else 0
            return first + (self._port.read(waiting) if waiting else b"")
        except OSError as error:
            raise TargetError(f"the serial port {self._name} failed: {error}") from None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._port.close()
