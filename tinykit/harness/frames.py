"""Frames on the wire, as `firmware_templates/harness/tk_frame.h` describes them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from cobs import cobs

DELIMITER = b"\0"
REPLY = 0x40

_HEADER = struct.Struct("<BBBBI")
_CRC = struct.Struct("<I")
_TEXT_LIMIT = 4096


class Kind(IntEnum):
    """Commands; a reply has the kind of its command with REPLY set."""

    HELLO = 0x80
    TENSOR = 0x81
    WRITE = 0x82
    INVOKE = 0x83
    READ = 0x84
    STEP = 0x85
    INIT = 0x86
    STACK = 0x87
    INFO = 0x88
    RESET = 0x89
    NAK = 0xBF


class Status(IntEnum):
    """What a reply says in its index."""

    OK = 0
    NO_SESSION = 1
    UNKNOWN = 2
    BAD_RANGE = 3
    BAD_COMMAND = 4


@dataclass(frozen=True)
class Frame:
    """One frame. In a reply `index` is the status."""

    kind: int
    sequence: int = 0
    session: int = 0
    index: int = 0
    value: int = 0
    data: bytes = b""

    def encode(self) -> bytes:
        """The bytes on the wire, delimiters included."""
        body = _HEADER.pack(self.kind, self.sequence, self.session, self.index, self.value) + self.data
        body += _CRC.pack(zlib.crc32(body))
        stuffed: bytes = cobs.encode(body[1:])
        return DELIMITER + body[:1] + stuffed + DELIMITER


def decode(wire: bytes) -> Frame | None:
    """The frame between two delimiters, None if it is damaged."""
    try:
        body = wire[:1] + cobs.decode(wire[1:])
    except cobs.DecodeError:
        return None
    if len(body) < _HEADER.size + _CRC.size or zlib.crc32(body[:-4]) != _CRC.unpack(body[-4:])[0]:
        return None
    kind, sequence, session, index, value = _HEADER.unpack_from(body)
    return Frame(kind, sequence, session, index, value, body[_HEADER.size : -_CRC.size])


class Damaged:
    """Stands for a frame that arrived damaged."""


class Splitter:
    """Takes received bytes apart into frames, damaged frames and lines of text."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._after_delimiter = False

    def feed(self, data: bytes) -> list[Frame | Damaged | str]:
        """What the line has brought up to and including `data`, in order."""
        found: list[Frame | Damaged | str] = []
        self._pending += data
        while (end := self._pending.find(DELIMITER)) >= 0:
            piece = bytes(self._pending[:end])
            del self._pending[: end + 1]
            if self._after_delimiter and piece and piece[0] >= 0x80:
                found.append(decode(piece) or Damaged())
            else:
                found += _lines(piece)
            self._after_delimiter = True
        if not (self._after_delimiter and self._pending[:1] >= b"\x80"):
            found += self._complete_lines()
        if len(self._pending) > _TEXT_LIMIT:
            self._pending.clear()
            self._after_delimiter = False
        return found

    def _complete_lines(self) -> list[str]:
        end = self._pending.rfind(b"\n")
        if end < 0:
            return []
        piece = bytes(self._pending[:end])
        del self._pending[: end + 1]
        self._after_delimiter = False
        return _lines(piece)

    def rest(self) -> str:
        """The printable part of what has come without an end: the last words of a firmware that died."""
        return " ".join(_lines(bytes(self._pending)))


def _lines(piece: bytes) -> list[str]:
    lines = (line.strip() for line in piece.decode("latin-1").splitlines())
    return [line for line in lines if line and line.isascii() and line.isprintable()]
