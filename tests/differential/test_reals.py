"""Models with float32 inside, and at both ends, under plans of every kind."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import tinykit
from tests.differential.test_random_graphs import compare_plans
from tests.support.reference import runtime
from tinykit.calibration.tflite_builder import ModelBuilder

MAP = (1, 7, 6, 5)
AT = {"scale": 0.05, "zero_point": -9}


def normalised(b: ModelBuilder, x: int) -> int:
    """A layer normalisation, all of it in float32."""
    one = (*MAP[:3], 1)
    real = {"dtype": "float32"}
    mean = b.op("MEAN", [x], shape=one, axes=[3], keep_dims=True, **real)
    spread = b.op("MEAN", [b.op("SQUARED_DIFFERENCE", [x, mean], shape=MAP, **real)], shape=one, axes=[3], keep_dims=True, **real)
    spread = b.op("ADD", [spread, b.constant(np.array(1e-3, np.float32))], shape=one, **real)
    gamma = b.constant(np.linspace(0.5, 2, MAP[3], dtype=np.float32))
    by = b.op("MUL", [b.op("RSQRT", [spread], shape=one, **real), gamma], shape=MAP, **real)
    return b.op("MUL", [b.op("SUB", [x, mean], shape=MAP, **real), by], shape=MAP, **real)


def conv(b: ModelBuilder, x: int) -> int:
    w = b.constant(np.random.default_rng(2).integers(-127, 128, (MAP[3], 3, 3, MAP[3])).astype(np.int8), scale=[0.01] * MAP[3])
    return b.op("CONV_2D", [x, w], shape=MAP, padding="SAME", **AT)


def island() -> bytes:
    b = ModelBuilder()
    x = b.op("DEQUANTIZE", [conv(b, b.input(MAP, **AT))], shape=MAP, dtype="float32")
    return b.build([conv(b, b.op("QUANTIZE", [normalised(b, x)], shape=MAP, **AT))])


def float_ends() -> bytes:
    """Preprocessing of a float input, and an output that is scaled as a float."""
    b = ModelBuilder()
    x = b.input(MAP, "float32")
    y = b.op("SUB", [x, b.constant(np.array([0.4, 0.5, 0.3, 0.1, 0.2], np.float32))], shape=MAP, dtype="float32")
    y = b.op("MUL", [y, b.constant(np.array(1.7, np.float32))], shape=MAP, dtype="float32")
    y = conv(b, b.op("QUANTIZE", [y], shape=MAP, **AT))
    y = b.op("MUL", [b.op("DEQUANTIZE", [y], shape=MAP, dtype="float32"), x], shape=MAP, dtype="float32")
    return b.build([y])


def integers() -> bytes:
    """An int32 input that becomes real, and back."""
    b = ModelBuilder()
    x = b.op("CAST", [b.input(MAP, "int32")], shape=MAP, dtype="float32")
    x = b.op("DIV", [x, b.constant(np.array(2.0**25, np.float32))], shape=MAP, dtype="float32")
    y = conv(b, b.op("QUANTIZE", [x], shape=MAP, **AT))
    y = b.op("CAST", [b.op("DEQUANTIZE", [y], shape=MAP, dtype="float32")], shape=MAP, dtype="int32")
    return b.build([y])


@pytest.mark.parametrize("make", [island, float_ends, integers])
@pytest.mark.parametrize("seed", range(2))
def test_every_byte(make, seed: int, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model = make()
    compare_plans(model, random.Random(seed), tmp_path, runtime().Interpreter.from_bytes(model, arena_size=1 << 18))


@pytest.mark.parametrize("board", ["emu_m0", "stm32f746"])
def test_with_and_without_a_floating_point_unit(board: str, tmp_path: Path) -> None:
    path = tmp_path / "island.tflite"
    path.write_bytes(island())
    assert tinykit.deploy(path, board=board, out=tmp_path / "firmware").bit_exact
