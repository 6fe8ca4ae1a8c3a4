"""The host target: the model's C compiled for this computer and called in this process."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType

import numpy as np

from tinykit.builder.host import build_host
from tinykit.harness.device import DTYPES, Array, DeviceInfo, TensorInfo, Unit, checked, read_all, write_all
from tinykit.janitor import temporary_folder


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_uint8),
        ("rank", ctypes.c_uint8),
        ("shape", ctypes.POINTER(ctypes.c_int32)),
        ("bytes", ctypes.c_uint32),
        ("scale", ctypes.c_float),
        ("zero_point", ctypes.c_int32),
    ]


_Action = ctypes.CFUNCTYPE(None)
_Move = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)


class _Model(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("info", ctypes.c_char_p),
        ("hash", ctypes.POINTER(ctypes.c_uint8)),
        ("arena_bytes", ctypes.c_uint32),
        ("variable_bytes", ctypes.c_uint32),
        ("inputs", ctypes.c_uint16),
        ("outputs", ctypes.c_uint16),
        ("blocks", ctypes.c_uint16),
        ("input", ctypes.POINTER(_Tensor)),
        ("output", ctypes.POINTER(_Tensor)),
        ("init", _Action),
        ("invoke", _Action),
        ("step", ctypes.CFUNCTYPE(ctypes.c_int)),
        ("write_input", _Move),
        ("read_output", _Move),
    ]


class HostDevice:
    """A model in a shared library; nothing is counted and no stack is measured."""

    unit: Unit | None = None

    def __init__(self, library: Path, prefix: str) -> None:
        self._library = ctypes.CDLL(str(library))
        self._model = _Model.in_dll(self._library, f"{prefix}_model")
        model = self._model
        self.info = DeviceInfo(
            model=model.name.decode(),
            sha256=bytes(model.hash[:32]).hex(),
            board="host",
            arena=model.arena_bytes,
            variables=model.variable_bytes,
            stack=0,
            blocks=model.blocks,
            inputs=tuple(_tensor(model.input[i]) for i in range(model.inputs)),
            outputs=tuple(_tensor(model.output[i]) for i in range(model.outputs)),
        )
        model.init()

    def write(self, index: int, value: Array) -> None:
        data = checked(self.info, index, value).tobytes()
        self._model.write_input(index, 0, data, len(data))

    def invoke(self, times: int = 1) -> int:
        for _ in range(times):
            self._model.invoke()
        return 0

    def read(self, index: int) -> Array:
        tensor = self.info.outputs[index]
        data = ctypes.create_string_buffer(tensor.bytes)
        self._model.read_output(index, 0, data, tensor.bytes)
        return np.frombuffer(data.raw, tensor.dtype).reshape(tensor.shape)

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        write_all(self, inputs)
        self.invoke()
        return read_all(self)

    def run_counted(self, inputs: Sequence[Array]) -> tuple[list[Array], list[int]]:
        self.initialise()  # before the inputs: a streamed one is worked on while it comes
        write_all(self, inputs)
        counts = self._steps()
        return read_all(self), counts

    def profile(self) -> list[int]:
        self.initialise()
        return self._steps()

    def _steps(self) -> list[int]:
        steps = 1
        while self._model.step():
            steps += 1
        return [0] * steps

    def counting(self) -> AbstractContextManager[None]:
        return nullcontext()

    def initialise(self) -> None:
        self._model.init()

    def paint_stack(self) -> None:
        """Nothing: the host's stack says nothing of a board's."""

    def stack_peak(self) -> int | None:
        return None


def _tensor(tensor: _Tensor) -> TensorInfo:
    shape = tuple(tensor.shape[i] for i in range(tensor.rank))
    dtype = np.dtype(DTYPES[tensor.dtype])
    assert math.prod(shape) * dtype.itemsize == tensor.bytes
    return TensorInfo(tensor.name.decode(), shape, dtype, tensor.scale, tensor.zero_point)


class HostTarget:
    """Builds the model library of a rendered project for this computer and gives its device."""

    name = "host"

    def __init__(self, library: Path, prefix: str) -> None:
        self._folder = library
        self._prefix = prefix
        self._owned = ExitStack()

    def __enter__(self) -> HostDevice:
        with ExitStack() as owned:
            folder = owned.enter_context(temporary_folder())
            device = HostDevice(build_host(self._folder, out=folder, optimize="-O2"), self._prefix)
            self._owned = owned.pop_all()
        return device

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owned.close()
