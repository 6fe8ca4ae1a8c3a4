"""What a target is: something that runs a model, and hands out a device to talk to it."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tinykit.harness.device import Device


class Stream(Protocol):
    """A byte stream to a firmware: a serial port, a socket, or a simulated UART."""

    patience: float
    """Seconds of silence after which a command may have been lost and is sent again."""

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises ToolError when the other side is gone."""

    def read(self, timeout: float) -> bytes:
        """Whatever has come, at least one byte.

        Empty when nothing came within `timeout` seconds, or when nothing can come because a simulated firmware
        waits for input. Raises ToolError when the firmware faulted or the other side is gone.
        """


class Line(Protocol):
    """A stream whose speed can be chosen."""

    speeds: tuple[int, ...]
    """Baud rates to choose from, the one that a board has after its reset first."""

    def set_speed(self, baud: int) -> None:
        """Go on at one of `speeds`."""


class Target(Protocol):
    """Runs a firmware or a library while it is entered; entering gives the device."""

    name: str

    def __enter__(self) -> Device: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
