"""A firmware that answers every command, but with anything: a result or a ToolError, and no endless talk."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykit.errors import TinykitError
from tinykit.harness.device import WireDevice
from tinykit.harness.frames import REPLY, Frame, Kind, Splitter
from tinykit.harness.link import Link

NUMBER = st.one_of(st.integers(0, 3), st.sampled_from([255, 256, 257, 65535, 65536, 2**31, 2**32 - 1]))
GREETING = st.builds(
    lambda numbers, rest: struct.pack("<10I32s", 3, *numbers, b"hash") + rest,
    st.tuples(*[NUMBER] * 9), st.sampled_from([b"", b"m\0b\0cycles\0", b"\xff" * 20]),
)  # fmt: skip
TENSOR = st.builds(
    lambda dtype, rank, scale, zero, shape: struct.pack("<IIfi", dtype, rank, scale, zero) + shape + b"name\0",
    NUMBER, NUMBER, st.floats(width=32), st.just(0), st.lists(NUMBER, max_size=3).map(lambda s: struct.pack(f"<{len(s)}I", *s)),
)  # fmt: skip
STATUS = st.sampled_from([0, 0, 0, 0, 1, 2, 9])
HONEST = st.just((struct.pack("<IIfi3i", 0, 3, 0.5, 0, 2, 3, 1), 6, 0))
LIES = {
    Kind.HELLO: st.tuples(st.one_of(GREETING, st.binary(max_size=80)), NUMBER, STATUS),
    Kind.TENSOR: HONEST
    | st.tuples(st.one_of(TENSOR, st.binary(max_size=40)), st.one_of(st.just(1), NUMBER), STATUS),
    Kind.READ: st.tuples(st.binary(min_size=6, max_size=6) | st.binary(max_size=20), NUMBER, STATUS),
    Kind.INVOKE: st.tuples(st.binary(min_size=8, max_size=8) | st.binary(max_size=9), NUMBER, STATUS),
    Kind.STEP: st.tuples(st.binary(min_size=8, max_size=8), NUMBER, STATUS),
}
MOST_COMMANDS = 100_000


class Liar:
    """Answers as `data` draws."""

    patience = 0.01

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self._splitter = Splitter()
        self._drawn: dict[Kind, tuple[bytes, int, int]] = {}
        self._reply = b""
        self.commands = 0

    def write(self, data: bytes) -> None:
        for command in self._splitter.feed(data):
            assert isinstance(command, Frame)
            self.commands += 1
            assert self.commands < MOST_COMMANDS
            self._reply += self._answer(command)

    def _answer(self, command: Frame) -> bytes:
        """A lie, drawn once for each kind of command: those of thousands of commands need not be original."""
        kind = Kind(command.kind)
        if kind not in self._drawn:
            self._drawn[kind] = self._data.draw(LIES.get(kind, st.just((b"", 0, 0))))
        body, value, status = self._drawn[kind]
        if kind == Kind.HELLO:
            value = command.value
        return Frame(command.kind | REPLY, command.sequence, command.session, status, value, body).encode()

    def read(self, timeout: float) -> bytes:
        reply, self._reply = self._reply, b""
        return reply


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_lying_firmware_is_found_out(data: st.DataObject) -> None:
    liar = Liar(data)
    try:
        device = WireDevice(Link(liar))
        outputs = device.run([np.zeros(tensor.shape, tensor.dtype) for tensor in device.info.inputs])
        device.profile()
    except TinykitError as error:
        assert error.exit_code in (2, 4) and "\n" not in error.message
    else:
        for tensor, output in zip(device.info.outputs, outputs, strict=True):
            assert (output.shape, output.dtype) == (tensor.shape, tensor.dtype)
