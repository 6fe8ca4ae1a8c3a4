"""The reference of choice: the `tflite_micro` interpreter."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

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
        graph = read(model)
        self._outputs = len(graph.outputs)
        try:
            with _quiet():
                self._interpreter = runtime.Interpreter.from_file(str(model), arena_size=_arena(model, graph))
        except (RuntimeError, ValueError) as error:
            raise NoReference(f"tflite_micro cannot run {model.name}: {error}") from None

    def run(self, samples: Sequence[Sequence[Array]]) -> Iterator[list[Array]]:
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
        return [np.array(self._interpreter.get_output(index)) for index in range(self._outputs)]


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
