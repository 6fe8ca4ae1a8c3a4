"""Commands and replies over a line that may lose, double or corrupt bytes."""

from __future__ import annotations

import secrets
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from tinykit.errors import ToolError
from tinykit.harness.frames import REPLY, Frame, Kind, Splitter, Status
from tinykit.targets.base import Line, Stream

_ATTEMPTS = 60
_LONGEST_PATIENCE = 2.0
_LOG_LINES = 50
_DEAF = 2  # commands without an answer after which the other speed is tried


class LinkError(ToolError):
    """The firmware did not answer, or refused a command."""


class NoAnswer(LinkError):
    """No valid reply came."""


class DeviceReset(LinkError):
    """The board was reset since the session was opened: what it held is gone."""


class Link:
    """One command at a time, repeated until its reply comes.

    A repeated command keeps its sequence number, by which the firmware knows not to run it twice.
    `on_line` gets each line of text the firmware prints and may raise. `line` is the stream's speed, where it has one.
    """

    def __init__(self, stream: Stream, on_line: Callable[[str], None] | None = None, line: Line | None = None) -> None:
        self.stream = stream
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self._on_line = on_line
        self._splitter = Splitter()
        self._sequence = secrets.randbelow(256)
        self._session = 0
        self._line_speed = line
        self._speeds: Sequence[int] = line.speeds if line else ()
        self._speed = 0  # which of them the line has

    def open(self, limit: float = 5.0) -> bytes:
        """Open a session and return the data of the HELLO reply; raises NoAnswer after `limit` seconds."""
        nonce = secrets.randbits(32)
        self._session = nonce % 255 + 1
        self._speeds = self._line_speed.speeds if self._line_speed else ()
        wanted = struct.pack("<I", self._speeds[-1]) if self._speeds else b""
        reply = self.command(Kind.HELLO, value=nonce, data=wanted, limit=limit)
        if reply.value != nonce:
            raise LinkError("the firmware answered another greeting than ours", hint="is another program on this port?")
        return reply.data

    def set_speed(self, baud: int) -> None:
        """Go on at the speed that the firmware said it would take; 0 where it knows no other than that of its reset."""
        if baud in self._speeds:
            self._change_speed(self._speeds.index(baud))
        else:
            self._speeds = self._speeds[:1]

    def slow_down(self) -> None:
        """Leave the line as it is after a reset, for whoever comes next."""
        if self._speed > 0:
            with suppress(ToolError):
                self.command(Kind.HELLO, data=struct.pack("<I", self._speeds[0]), limit=2.0)
                self._change_speed(0)

    def _change_speed(self, number: int) -> None:
        if self._line_speed is not None:
            self._speed = number
            self._line_speed.set_speed(self._speeds[number])

    def command(
        self, kind: Kind, *, index: int = 0, value: int = 0, data: bytes = b"", limit: float = 10.0,
        attempts: int = _ATTEMPTS,
    ) -> Frame:
        """Send one command and return its reply.

        `limit` is in seconds. Raises NoAnswer when no reply came in that time or in that many attempts, DeviceReset
        when the board was reset, LinkError when the firmware refuses the command.
        """
        self._sequence = (self._sequence + 1) % 256
        command = Frame(kind, self._sequence, self._session, index, value, data)
        reply = self._exchange(command, limit, attempts)
        if reply.index == Status.NO_SESSION:
            raise DeviceReset("the board was reset in the middle of the test" + self._last_words())
        if reply.index != Status.OK:
            status = Status(reply.index).name if reply.index in set(Status) else str(reply.index)
            raise LinkError(f"the firmware refused {kind.name}: {status}")
        return reply

    def _exchange(self, command: Frame, limit: float, attempts: int) -> Frame:
        wire = command.encode()
        end = time.monotonic() + limit
        patience = self.stream.patience
        deaf = 0
        for _ in range(attempts):
            if deaf >= _DEAF and len(self._speeds) > 1:  # it may have been reset, or have missed that the speed changed
                self._change_speed((self._speed + 1) % len(self._speeds))
                deaf = 0
            self.stream.write(wire)
            reply = self._receive(command, min(time.monotonic() + patience, end))
            if reply is not None and reply.kind != Kind.NAK:
                return reply
            deaf = 0 if reply is not None else deaf + 1
            if time.monotonic() >= end:
                break
            patience = min(patience * 1.5, max(_LONGEST_PATIENCE, self.stream.patience))
        raise NoAnswer(
            f"the firmware does not answer ({Kind(command.kind).name}, {limit:g} s)" + self._last_words(),
            hint="is it running, and is it a tinykit validation firmware?",
        )

    def _receive(self, command: Frame, end: float) -> Frame | None:
        """The reply to `command`; a NAK, or None for silence or damage on the line, when it is to be sent again."""
        refused: Frame | None = None
        again = False
        while (left := end - time.monotonic()) > 0 and not again:
            data = self.stream.read(left)
            if not data:
                break
            for item in self._splitter.feed(data):
                if isinstance(item, str):
                    self._line(item)
                elif not isinstance(item, Frame):
                    again = True
                elif item.kind == Kind.NAK:
                    refused, again = item, True
                elif (item.kind, item.sequence, item.session) == (
                    command.kind | REPLY, command.sequence, command.session,
                ):
                    return item
        return refused

    def _line(self, line: str) -> None:
        self.log.append(line)
        if self._on_line:
            self._on_line(line)

    def _last_words(self) -> str:
        words = [*list(self.log)[-5:], self._splitter.rest()]
        text = " / ".join(word for word in words if word)
        return f"; it last said: {text}" if text else ""
