"""The reference of choice: the `tflite_micro` interpreter."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.graph.ir import Graph
from tinykit.graph.reader import read
from tinykit.harness.reference import Array, NoReference


class TfliteMicroReference:
    """The interpreter of TensorFlow Lite for Microcontrollers, in this process."""

    def __init__(self, model: Path) -> None:
        self.name = micro_version()
        self._model = model
        self._graph = read(model)
        self._interpreter = self._fresh()

    def _fresh(self) -> Any:
        """An interpreter with all variables as after power-up, which its own reset does not give: it forgets CALL_ONCE."""
        return micro_interpreter(self._model.read_bytes(), arena_of(self._model, self._graph), self._model.name)

    def run(self, samples: Sequence[Sequence[Array]]) -> Iterator[list[Array]]:
        if self._graph.variables:
            self._interpreter = self._fresh()
        for sample in samples:
            with _quiet():
                try:
                    outputs = self._run(sample)
                except (RuntimeError, ValueError) as error:
                    raise NoReference(f"tflite_micro cannot run {self._model.name}: {error}") from None
            yield outputs

    def _run(self, sample: Sequence[Array]) -> list[Array]:
        for index, value in enumerate(sample):
            self._interpreter.set_input(value, index)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_output(index)) for index in range(len(self._graph.outputs))]


def micro_version() -> str:
    """The interpreter's name; raises NoReference where it is not installed."""
    try:
        return f"tflite_micro {importlib.metadata.version('tflite-micro')}"
    except importlib.metadata.PackageNotFoundError:
        raise _not_installed() from None


def micro_interpreter(model: bytes, arena: int, name: str = "the model") -> Any:
    """An interpreter on the bytes of a file; raises NoReference where it lacks an operator."""
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError:
        raise _not_installed() from None
    try:
        with _quiet():
            return runtime.Interpreter.from_bytes(model, arena_size=arena)
    except (RuntimeError, ValueError) as error:
        raise NoReference(f"tflite_micro cannot run {name}: {error}") from None


def _not_installed() -> NoReference:
    return NoReference("tflite_micro is not installed", hint="it has wheels for Linux on x86-64: pip install tflite-micro")


def arena_of(model: Path, graph: Graph | None = None) -> int:
    """Bytes that are enough: its own guess, ten times the file, is too small for large maps between small weights."""
    maps = sum(tensor.bytes for tensor in (graph or read(model)).tensors.values() if tensor.data is None)
    return 10 * model.stat().st_size + 2 * maps


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The interpreter writes its errors straight to file descriptor 2; they would break into our own output."""
    saved = os.dup(2)
    with Path(os.devnull).open("wb") as null:
        os.dup2(null.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
