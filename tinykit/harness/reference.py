"""The reference outputs: what `tflite_micro` computes from the original file."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.errors import ToolError

Array = np.ndarray[Any, Any]


class NoReference(ToolError):
    """No interpreter can run the model here: nothing can be called bit-exact."""


class Reference:
    """The `tflite_micro` interpreter on one model file; `name` says which and in what version."""

    def __init__(self, model: Path) -> None:
        try:
            from tflite_micro.python.tflite_micro import runtime
        except ImportError:
            raise NoReference(
                "tflite_micro is not installed: there is nothing to compare with",
                hint="it has wheels for Linux on x86-64: pip install tflite-micro",
            ) from None
        self.name = f"tflite_micro {importlib.metadata.version('tflite-micro')}"
        try:
            with _quiet():
                self._interpreter = runtime.Interpreter.from_file(str(model))
        except (RuntimeError, ValueError) as error:
            raise NoReference(f"tflite_micro cannot run {model.name}: {error}") from None

    def run(self, inputs: Sequence[Array], outputs: int) -> list[Array]:
        """One inference: arrays as the file's inputs take them, `outputs` arrays as its outputs give them."""
        with _quiet():
            for index, value in enumerate(inputs):
                self._interpreter.set_input(value, index)
            self._interpreter.invoke()
            return [np.array(self._interpreter.get_output(index)) for index in range(outputs)]


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
