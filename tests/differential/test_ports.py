"""Models with several inputs and outputs, of every type a caller may see."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder

SHAPE = (1, 6, 5, 3)


def _model(draw: Draw) -> bytes:
    """uint8 inputs, one that is an int8 with the sign bit flipped and one that is not, an int8 and a float32 input; an
    output of each type, an int32 one, one that others read too, and a view of one."""
    b = ModelBuilder()
    one, other = ({"scale": draw.scale(-4, -2), "zero_point": draw.zero_point()} for _ in range(2))
    flipped = b.input(SHAPE, "uint8", scale=one["scale"], zero_point=one["zero_point"] + 128)
    scaled = b.input(SHAPE, "uint8", scale=other["scale"], zero_point=draw.integer(0, 255))
    plain, real = b.input(SHAPE, **other), b.input(SHAPE, "float32")
    x, y = b.op("QUANTIZE", [flipped], shape=SHAPE, **one), b.op("QUANTIZE", [scaled], shape=SHAPE, **one)
    z = b.op("QUANTIZE", [real], shape=SHAPE, scale=0.05, zero_point=3)
    first = b.op("SUB", [x, plain], shape=SHAPE, **one)
    second = b.op("ADD", [y, first], shape=SHAPE, **other)
    third = b.op("MAXIMUM", [first, second], shape=SHAPE, **other)
    fourth = b.op("MUL", [z, third], shape=SHAPE, scale=0.1, zero_point=draw.zero_point())
    outputs = [
        b.op("QUANTIZE", [second], shape=SHAPE, dtype="uint8", scale=other["scale"], zero_point=other["zero_point"] + 128),
        b.op("QUANTIZE", [third], shape=SHAPE, dtype="uint8", scale=0.1, zero_point=draw.integer(0, 255)),
        b.op("DEQUANTIZE", [fourth], shape=SHAPE, dtype="float32"),
        first,
        b.op("RESHAPE", [third], shape=(1, 90), **other),
        b.op("ARG_MAX", [third], shape=SHAPE[:3], axes=[-1], dtype="int32"),
    ]
    return b.build(outputs)


@pytest.mark.parametrize("seed", range(2))
def test_every_port(seed: int, tmp_path: Path) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    model = _model(Draw(seed))
    compare_plans(model, random.Random(seed), tmp_path, runtime.Interpreter.from_bytes(model))


def test_a_reshape_computed_from_a_shape(tmp_path: Path) -> None:
    """As Keras exports a Reshape for any batch size: SHAPE, its first entry cut out, packed with the rest."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    b, quant = ModelBuilder(), {"scale": 0.1, "zero_point": 3}
    x = b.input(SHAPE, **quant)
    shape = b.op("SHAPE", [x], shape=(4,), dtype="int32")
    cut = {"begin": (0,), "end": (1,), "strides": (1,), "shrink_axis_mask": 1}
    batch = b.op("STRIDED_SLICE", [shape], shape=(), dtype="int32", **cut)
    wanted = b.op("PACK", [batch, b.constant(np.array(90, np.int32))], shape=(2,), dtype="int32", values_count=2)
    y = b.op("RESHAPE", [b.op("TANH", [x], shape=SHAPE, scale=1 / 128), wanted], shape=(1, 90), scale=1 / 128)
    model = b.build([y])
    compare_plans(model, random.Random(0), tmp_path, runtime.Interpreter.from_bytes(model))
