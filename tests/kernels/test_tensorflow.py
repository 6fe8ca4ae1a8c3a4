"""Operators that `tflite_micro` lacks, against TensorFlow's reference kernels (BUILTIN_REF): the slow suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.kernels.differential import Case, run
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.harness import tensorflow_reference
from tinykit.ops.registry import OPERATORS
from tinykit.subprocesses import tensorflow_environment

CASES = 40


class Both:
    """One operator a case for tinykit's kernels, and all of them in one model for TensorFlow."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.all = ModelBuilder()
        self.outputs: list[int] = []
        self.values: list[np.ndarray] = []

    def add(self, kind: str, values: np.ndarray, out: tuple[int, ...], source: Any, target: Any, **options: Any) -> None:
        """`source` and `target`: the quantisations."""
        b = ModelBuilder()
        y = b.op(kind, [b.input(values.shape, **source)], shape=out, **target, **options)
        self.cases.append(Case(OPERATORS[kind], b.build([y]), [values]))
        x = self.all.input(values.shape, **source)
        self.outputs.append(self.all.op(kind, [x], shape=out, **target, **options))
        self.values.append(values)

    def reference(self, folder: Path) -> list[np.ndarray]:
        model, inputs, outputs = folder / "all.tflite", folder / "in.npz", folder / "out.npz"
        model.write_bytes(self.all.build(self.outputs))
        np.savez(inputs, **{f"0_{n}": value for n, value in enumerate(self.values)})
        command = [sys.executable, "-m", tensorflow_reference.__name__, str(model), str(inputs), str(outputs)]
        subprocess.run(command, check=True, capture_output=True, env=tensorflow_environment())
        with np.load(outputs) as found:
            return [found[f"0_{n}"] for n in range(len(self.outputs))]


@pytest.mark.slow
def test_equal_to_tensorflow(tmp_path: Path) -> None:
    draw, both = Draw(12), Both()
    for _ in range(CASES):
        shape = draw.shape(draw.integer(1, 4), 8)
        both.add("GELU", draw.values(shape), shape, draw.quant(), draw.quant(), approximate=draw.chance(2))
        both.add("RELU_N1_TO_1", draw.values(shape), shape, draw.quant(), draw.quant())
        both.add("EXP", draw.values(shape), shape, draw.quant(), draw.quant())
        source = draw.quant()
        positive = np.maximum(draw.values(shape), min(source["zero_point"] + 1, 127)).astype(np.int8)
        both.add("LOG", positive, shape, source, draw.quant())
        shape, quant = draw.shape(draw.integer(1, 4), 4), draw.quant()
        multiples = draw.shape(len(shape), 3)
        out = tuple(n * times for n, times in zip(shape, multiples, strict=True))
        both.add("TILE", draw.values(shape), out, quant, quant, multiples=multiples)
    for case, found, right in zip(both.cases, run(both.cases, 0), both.reference(tmp_path), strict=True):
        np.testing.assert_array_equal(found, right, case.node.op.kind)
