"""The reference interpreter runs what the builder writes, every operator of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.reference import runtime
from tinykit.calibration.tflite_builder import ModelBuilder


def test_reference_runs_every_operator() -> None:
    interpreters = runtime()
    rng = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray:
        return rng.integers(-127, 128, shape).astype(np.int8)

    def bias(count: int) -> np.ndarray:
        return rng.integers(-1000, 1000, count).astype(np.int32)

    b = ModelBuilder()
    at = {"scale": 0.1, "zero_point": -10}
    x = b.input((1, 8, 8, 3), "float32")
    y = b.op("QUANTIZE", [x], shape=(1, 8, 8, 3), scale=0.5, zero_point=-3)
    paddings = [[0, 0], [0, 1], [0, 1], [0, 0]]
    y = b.op("PAD", [y], shape=(1, 9, 9, 3), scale=0.5, zero_point=-3, paddings=paddings)
    w = b.constant(weights(4, 3, 3, 3), scale=[0.01, 0.02, 0.03, 0.04])
    v = b.constant(bias(4), scale=[0.005, 0.01, 0.015, 0.02])
    y = b.op("CONV_2D", [y, w, v], shape=(1, 4, 4, 4), scale=0.2, zero_point=1, stride=(2, 2), activation="RELU6")
    w = b.constant(weights(1, 3, 3, 8), scale=[0.01] * 8, axis=3)
    v = b.constant(bias(8), scale=[0.002] * 8)
    y = b.op("DEPTHWISE_CONV_2D", [y, w, v], shape=(1, 4, 4, 8), scale=0.1, padding="SAME", depth_multiplier=2)
    y = b.op("ADD", [y, y], shape=(1, 4, 4, 8), scale=0.2, activation="RELU")
    y = b.op("RELU6", [y], shape=(1, 4, 4, 8), scale=0.2)
    y = b.op("RELU", [y], shape=(1, 4, 4, 8), scale=0.2)
    y = b.op("QUANTIZE", [y], shape=(1, 4, 4, 8), **at)
    y = b.op("AVERAGE_POOL_2D", [y], shape=(1, 2, 2, 8), **at, filter=(2, 2), stride=(2, 2))
    y = b.op("MAX_POOL_2D", [y], shape=(1, 2, 2, 8), **at, filter=(2, 2), padding="SAME")
    y = b.op("TRANSPOSE", [y], shape=(1, 8, 2, 2), **at, perm=(0, 3, 1, 2))
    y = b.op("MEAN", [y], shape=(1, 8, 2), **at, axes=[3])
    y = b.op("RESHAPE", [y], shape=(1, 16), **at)
    w, v = b.constant(weights(5, 16), scale=0.01), b.constant(bias(5), scale=0.001)
    y = b.op("FULLY_CONNECTED", [y, w, v], shape=(1, 5), scale=0.1, activation="RELU")
    y = b.op("FULLY_CONNECTED", [y, b.constant(weights(5, 5), scale=0.01), None], shape=(1, 5), scale=0.1)
    y = b.op("SOFTMAX", [y], shape=(1, 5), scale=1 / 256, zero_point=-128)
    y = b.op("DEQUANTIZE", [y], shape=(1, 5), dtype="float32")

    interpreter = interpreters.Interpreter.from_bytes(b.build([y]))
    interpreter.set_input(rng.normal(0, 30, (1, 8, 8, 3)).astype(np.float32), 0)
    interpreter.invoke()
    assert interpreter.get_output(0).sum() == pytest.approx(1, abs=0.02)
