"""Small whole models, written without TensorFlow."""

from __future__ import annotations

import numpy as np

from tinykit.calibration.tflite_builder import ModelBuilder


def convolutional(size: int = 8, channels: int = 4) -> bytes:
    """Convolution, mean, dense layer: int8 [1, size, size, 3] → int8 [1, 5]."""
    rng = np.random.default_rng(1)
    b = ModelBuilder()
    x = b.input((1, size, size, 3), "int8", scale=0.5, zero_point=-3)
    w = b.constant(rng.integers(-127, 128, (channels, 3, 3, 3)).astype(np.int8), scale=[0.01] * channels)
    v = b.constant(rng.integers(-999, 1000, channels).astype(np.int32), scale=[0.005] * channels)
    y = b.op("CONV_2D", [x, w, v], shape=(1, size, size, channels), scale=0.2, zero_point=1, padding="SAME")
    y = b.op("MEAN", [y], shape=(1, channels), scale=0.2, zero_point=1, axes=[1, 2])
    return b.build([_dense(b, y, channels, 5, rng)])


def dense(inputs: int, outputs: int) -> bytes:
    """One dense layer: int8 [1, inputs] → int8 [1, outputs], of inputs × outputs bytes of weights."""
    b = ModelBuilder()
    x = b.input((1, inputs), "int8", scale=0.5, zero_point=-3)
    return b.build([_dense(b, x, inputs, outputs, np.random.default_rng(2))])


def floating() -> bytes:
    """A float model: one convolution."""
    b = ModelBuilder()
    x = b.input((1, 8, 8, 3), "float32")
    w = b.constant(np.ones((4, 3, 3, 3), np.float32))
    v = b.constant(np.zeros(4, np.float32))
    return b.build([b.op("CONV_2D", [x, w, v], shape=(1, 8, 8, 4), dtype="float32", padding="SAME")])


def _dense(b: ModelBuilder, x: int, inputs: int, outputs: int, rng: np.random.Generator) -> int:
    w = b.constant(rng.integers(-127, 128, (outputs, inputs)).astype(np.int8), scale=0.01)
    v = b.constant(rng.integers(-999, 1000, outputs).astype(np.int32), scale=0.002)
    return b.op("FULLY_CONNECTED", [x, w, v], shape=(1, outputs), scale=0.3, zero_point=4)
