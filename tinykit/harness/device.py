"""A device: a model that runs somewhere else, on a board, in a simulator or in a shared library."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from tinykit.errors import InputError, ToolError
from tinykit.harness.frames import Kind
from tinykit.harness.link import DeviceReset, Link, LinkError, NoAnswer

Array = np.ndarray[Any, Any]
Unit = Literal["instructions", "cycles"]
T = TypeVar("T")

PROTOCOL = 3
DTYPES = (np.int8, np.uint8, np.int16, np.float32, np.int32)

_HELLO = struct.Struct("<10I32s")
_TENSOR = struct.Struct("<IIfi")
_COUNT = struct.Struct("<Q")
_SMALLEST_CHUNK = 16
_RESTARTS = 20
_MOST_TENSORS = 256  # a frame has one byte for the index
_MOST_BLOCKS = 65535


@dataclass(frozen=True)
class TensorInfo:
    """An input or output as the model's caller sees it; real = scale × (stored − zero_point)."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True)
class DeviceInfo:
    """What a device says of itself. `arena`, `variables` and `stack` are in bytes.

    `variables` is what keeps its value between inferences, 0 for most models; `stack` is 0 where there is none to measure.
    """

    model: str
    sha256: str
    board: str
    arena: int
    variables: int
    stack: int
    blocks: int
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]


class Device(Protocol):
    """A model to feed and read. Errors of the other side are ToolError."""

    info: DeviceInfo
    unit: Unit | None
    """What `invoke` and `profile` count; None where nothing is counted."""

    def write(self, index: int, value: Array) -> None:
        """Set input `index`; `value` has its shape and dtype."""

    def invoke(self, times: int = 1) -> int:
        """Run `times` inferences and return the count, for all of them, in `unit` (0 where nothing is counted).

        The inputs may be overwritten: only the first inference after `write` gives a meaningful output.
        """

    def read(self, index: int) -> Array:
        """Output `index`, in its shape and dtype."""

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """One whole inference; repeated from the start if the board is reset meanwhile, behind those since `initialise`
        where the model has variables."""

    def profile(self) -> list[int]:
        """Run one inference block by block and return each block's count in `unit`."""

    def run_counted(self, inputs: Sequence[Array]) -> tuple[list[Array], list[int]]:
        """`run` by way of `profile`: the outputs, and each block's count."""

    def counting(self) -> AbstractContextManager[None]:
        """Counts are exact inside this context; outside, a simulator may run faster and count nothing."""

    def initialise(self) -> None:
        """Bring the model to its state after power-up."""

    def paint_stack(self) -> None:
        """Start measuring the peak stack."""

    def stack_peak(self) -> int | None:
        """Bytes of stack used at most since `paint_stack`, None where it cannot be measured."""


class WireDevice:
    """A device behind the wire protocol.

    `unit` and `scale` say what one tick of the firmware's counter stands for (with no scale: what the firmware says);
    `counting` makes a simulator count.
    """

    def __init__(
        self,
        link: Link,
        *,
        unit: Unit | None = "cycles",
        scale: float | None = 1,
        counting: Callable[[], AbstractContextManager[None]] = nullcontext,
        limit: float = 60.0,
    ) -> None:
        self.link = link
        self.unit = unit
        self.counting = counting
        self._scale = scale or 1.0
        self._scale_is_told = scale is None
        self._limit = limit
        self._chunk = _SMALLEST_CHUNK
        self._past: list[Sequence[Array]] = []  # inputs since the variables had their first values
        self._forgot = False
        self.info = self._connect()

    def _connect(self) -> DeviceInfo:
        return _repeated(self._greet)

    def _greet(self) -> DeviceInfo:
        hello = self.link.open()
        if len(hello) < _HELLO.size:
            raise LinkError("the firmware's greeting is too short", hint="build and flash it again")
        protocol, chunk, arena, inputs, outputs, blocks, stack, thousandths, baud, variables, digest = _HELLO.unpack_from(hello)
        if protocol != PROTOCOL:
            raise LinkError(
                f"the firmware speaks protocol {protocol}, this tinykit speaks {PROTOCOL}", hint="build and flash it again"
            )
        if max(inputs, outputs) > _MOST_TENSORS or blocks > _MOST_BLOCKS:
            raise LinkError("the firmware describes no model that could be", hint="build and flash it again")
        self.link.set_speed(baud)
        if self._scale_is_told:
            self._scale = thousandths / 1000
        self._chunk = max(chunk, _SMALLEST_CHUNK)
        model, board, *_ = [*hello[_HELLO.size :].split(b"\0"), b"", b""]
        return DeviceInfo(
            model.decode("utf-8", "replace"), digest.hex(), board.decode("utf-8", "replace"), arena, variables, stack, blocks,
            tuple(self._tensor(index, 0) for index in range(inputs)),
            tuple(self._tensor(index, 1) for index in range(outputs)),
        )  # fmt: skip

    def _tensor(self, index: int, output: int) -> TensorInfo:
        reply = self.link.command(Kind.TENSOR, index=index, value=output)
        data = reply.data
        try:
            dtype, rank, scale, zero_point = _TENSOR.unpack_from(data)
            shape = struct.unpack_from(f"<{rank}i", data, _TENSOR.size)
            name = data[_TENSOR.size + 4 * rank :].split(b"\0")[0].decode("utf-8", "replace")
            tensor = TensorInfo(name, shape, np.dtype(DTYPES[dtype]), scale, zero_point)
            if min(shape, default=1) < 1 or tensor.bytes != reply.value:
                raise ValueError
            return tensor
        except (struct.error, IndexError, ValueError):
            raise LinkError("the firmware describes its tensors wrongly", hint="build and flash it again") from None

    def expect(self, sha256: str) -> None:
        """Raise ToolError unless the firmware was made from the model file with this hash."""
        if self.info.sha256 != sha256:
            raise ToolError(
                f"the board runs a firmware of another model ('{self.info.model}', {self.info.sha256[:12]}…, "
                f"not {sha256[:12]}…)",
                hint="flash the right one: leave out --no-flash",
            )

    def write(self, index: int, value: Array) -> None:
        data = checked(self.info, index, value).tobytes()
        at = 0
        while at < len(data):
            piece = data[at : at + self._chunk_of(self.info.inputs[index])]
            if self._try(Kind.WRITE, index, at, piece) is not None:
                at += len(piece)

    def read(self, index: int) -> Array:
        tensor = self.info.outputs[index]
        data = b""
        while len(data) < tensor.bytes:
            length = min(self._chunk_of(tensor), tensor.bytes - len(data))
            piece = self._try(Kind.READ, index, len(data), struct.pack("<I", length))
            if piece is not None and len(piece) != length:
                raise LinkError(f"the firmware sent {len(piece)} bytes of output, not {length}")
            data += piece or b""
        values: Array = np.frombuffer(data, tensor.dtype).reshape(tensor.shape).copy()
        return values

    def _chunk_of(self, tensor: TensorInfo) -> int:
        return self._chunk - self._chunk % tensor.dtype.itemsize

    def _try(self, kind: Kind, index: int, offset: int, data: bytes) -> bytes | None:
        """Move one chunk; on a line too noisy for its size, None, and the next one is smaller.

        Chunks may be repeated in any size, for they go to the same place.
        """
        smallest = self._chunk <= _SMALLEST_CHUNK
        try:
            reply = (
                self.link.command(kind, index=index, value=offset, data=data)
                if smallest
                else self.link.command(kind, index=index, value=offset, data=data, attempts=3)
            )
        except NoAnswer:
            if smallest:
                raise
            self._chunk = max(self._chunk // 2, _SMALLEST_CHUNK)
            return None
        return reply.data

    def invoke(self, times: int = 1) -> int:
        return self._counted(self.link.command(Kind.INVOKE, value=times, limit=self._limit * times).data)

    def _counted(self, data: bytes) -> int:
        if len(data) != _COUNT.size:
            raise LinkError("the firmware sent no count")
        return round(int(_COUNT.unpack(data)[0]) * self._scale)

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        outputs = self._restarting(lambda: self._run(inputs, self.invoke)[0])
        self._remember(inputs)
        return outputs

    def run_counted(self, inputs: Sequence[Array]) -> tuple[list[Array], list[int]]:
        result = self._restarting(lambda: self._run_counted(inputs))
        self._remember(inputs)
        return result

    def _remember(self, inputs: Sequence[Array]) -> None:
        if self.info.variables:
            self._past.append(inputs)

    def _run_counted(self, inputs: Sequence[Array]) -> tuple[list[Array], list[int]]:
        self.initialise()  # before the inputs: a streamed one is worked on while it comes
        return self._run(inputs, self._steps)

    def _run(self, inputs: Sequence[Array], work: Callable[[], T]) -> tuple[list[Array], T]:
        write_all(self, inputs)
        result = work()
        return read_all(self), result

    def _restarting(self, work: Callable[[], T]) -> T:
        def attempt() -> T:
            if self._forgot and self.info.variables:
                self.link.command(Kind.INIT)
                for inputs in self._past:
                    self._run(inputs, self.invoke)
            self._forgot = False
            return work()

        return _repeated(attempt, self._reconnect)

    def _reconnect(self) -> None:
        before = self.info.sha256
        self.info = self._connect()
        self.expect(before)
        self._forgot = True

    def profile(self) -> list[int]:
        self.initialise()
        return self._steps()

    def _steps(self) -> list[int]:
        counts: list[int] = []
        more = True
        while more and len(counts) < self.info.blocks:
            reply = self.link.command(Kind.STEP, limit=self._limit)
            counts.append(self._counted(reply.data))
            more = reply.value != 0
        return counts

    def initialise(self) -> None:
        self._past = []
        self._restarting(lambda: self.link.command(Kind.INIT))

    def paint_stack(self) -> None:
        self._restarting(lambda: self.link.command(Kind.STACK, value=1))

    def stack_peak(self) -> int | None:
        return self._restarting(lambda: self.link.command(Kind.STACK).value) if self.info.stack else None

    def model_info(self) -> str:
        """The model's info line."""
        text, total = b"", 1
        while len(text) < total:
            reply = self.link.command(Kind.INFO, value=len(text))
            if not reply.data:
                break
            text, total = text + reply.data, reply.value
        return text.decode("utf-8", "replace")

    def reset(self) -> None:
        """Reset the board and wait until it answers again."""
        with suppress(DeviceReset):  # the reply was lost and the board had been reset when the command was repeated
            self.link.command(Kind.RESET)
        self._past = []
        self._reconnect()


def _repeated(work: Callable[[], T], recover: Callable[[], None] = lambda: None) -> T:
    """The result of `work`, begun anew, after `recover`, whenever the board was reset meanwhile; not endlessly."""
    for _ in range(_RESTARTS):
        try:
            return work()
        except DeviceReset:
            recover()
    return work()


def write_all(device: Device, inputs: Sequence[Array]) -> None:
    """Set every input of the model; raises InputError when their number is wrong."""
    if len(inputs) != len(device.info.inputs):
        raise InputError(f"model '{device.info.model}' has {len(device.info.inputs)} inputs, {len(inputs)} were given")
    for index, value in enumerate(inputs):
        device.write(index, value)


def read_all(device: Device) -> list[Array]:
    """Every output of the model."""
    return [device.read(index) for index in range(len(device.info.outputs))]


def checked(info: DeviceInfo, index: int, value: Array) -> Array:
    """`value` if it fits input `index` in shape and dtype, contiguous; else InputError."""
    if index >= len(info.inputs):
        raise InputError(f"model '{info.model}' has no input {index}")
    tensor = info.inputs[index]
    if value.dtype != tensor.dtype or value.size != math.prod(tensor.shape):
        raise InputError(
            f"input '{tensor.name}' of model '{info.model}' takes {tensor.dtype} {list(tensor.shape)}, "
            f"not {value.dtype} {list(value.shape)}"
        )
    return np.ascontiguousarray(value)
