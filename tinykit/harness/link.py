"""Commands and replies over a line that may lose, double or corrupt bytes."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable

from tinykit.errors import ToolError
from tinykit.harness.frames import REPLY, Frame, Kind, Splitter, Status
from tinykit.targets.base import Stream

_ATTEMPTS = 60
_LONGEST_PATIENCE = 2.0
_LOG_LINES = 50


class LinkError(ToolError):
    """The firmware did not answer, or refused a command."""


class NoAnswer(LinkError):
    """No valid reply came."""


class DeviceReset(LinkError):
    """The board was reset since the session was opened: what it held is gone."""


class Link:
    """One command at a time, repeated until its reply comes.

    A repeated command keeps its sequence number, by which the firmware knows not to run it twice.
    `on_line` gets each line of text the firmware prints and may raise.
    """

    def __init__(self, stream: Stream, on_line: Callable[[str], None] | None = None) -> None:
        self.stream = stream
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self._on_line = on_line
        self._splitter = Splitter()
        self._sequence = secrets.randbelow(256)
        self._session = 0

    def open(self, limit: float = 5.0) -> bytes:
        """Open a session and return the data of the HELLO reply; raises NoAnswer after `limit` seconds."""
        nonce = secrets.randbits(32)
        self._session = nonce % 255 + 1
        reply = self.command(Kind.HELLO, value=nonce, limit=limit)
        if reply.value != nonce:
            raise LinkError("the firmware answered another greeting than ours", hint="is another program on this port?")
        return reply.data

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
        for _ in range(attempts):
            self.stream.write(wire)
            reply = self._receive(command, min(time.monotonic() + patience, end))
            if reply is not None:
                return reply
            if time.monotonic() >= end:
                break
            patience = min(patience * 1.5, max(_LONGEST_PATIENCE, self.stream.patience))
        raise NoAnswer(
            f"the firmware does not answer ({Kind(command.kind).name}, {limit:g} s)" + self._last_words(),
            hint="is it running, and is it a tinykit validation firmware?",
        )

    def _receive(self, command: Frame, end: float) -> Frame | None:
        """The reply to `command`, or None when it is to be sent again: silence, or damage on the line."""
        again = False
        while (left := end - time.monotonic()) > 0 and not again:
            data = self.stream.read(left)
            if not data:
                return None
            for item in self._splitter.feed(data):
                if isinstance(item, str):
                    self._line(item)
                elif not isinstance(item, Frame) or item.kind == Kind.NAK:
                    again = True
                elif (item.kind, item.sequence, item.session) == (
                    command.kind | REPLY, command.sequence, command.session,
                ):
                    return item
        return None

    def _line(self, line: str) -> None:
        self.log.append(line)
        if self._on_line:
            self._on_line(line)

    def _last_words(self) -> str:
        words = [*list(self.log)[-5:], self._splitter.rest()]
        text = " / ".join(word for word in words if word)
        return f"; it last said: {text}" if text else ""
