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
        try:
            from tflite_micro.python.tflite_micro import runtime
        except ImportError:
            raise NoReference(
                "tflite_micro is not installed", hint="it has wheels for Linux on x86-64: pip install tflite-micro"
            ) from None
        self.name = f"tflite_micro {importlib.metadata.version('tflite-micro')}"
        self._model = model
        self._graph = read(model)
        self._runtime = runtime
        self._interpreter = self._fresh()

    def _fresh(self) -> Any:
        """An interpreter with all variables as after power-up, which its own reset does not give: it forgets CALL_ONCE."""
        try:
            with _quiet():
                return self._runtime.Interpreter.from_file(
                    str(self._model), arena_size=_arena(self._model, self._graph)
                )
        except (RuntimeError, ValueError) as error:
            raise NoReference(f"tflite_micro cannot run {self._model.name}: {error}") from None

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


def _arena(model: Path, graph: Graph) -> int:
    """Bytes that are enough: its own guess, ten times the file, is too small for large maps between small weights."""
    maps = sum(tensor.bytes for tensor in graph.tensors.values() if tensor.data is None)
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
