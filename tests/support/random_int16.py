"""Random models of int16 activations (16x8) for differential tests, written from a seed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinykit.calibration.tflite_builder import ModelBuilder

_SIZES = ((1, 1), (1, 12), (12, 1), (2, 17), (5, 5), (6, 9), (9, 7))
_CHANNELS = (1, 2, 3, 4, 5, 8)


def random_int16_model(seed: int) -> bytes:
    """The `.tflite` of 2 to 8 operators: layers, sums, pools, curves, moves; int16, float32 or int8 outside."""
    builder, outputs = int16_author(seed)
    return builder.build(outputs)


def int16_author(seed: int) -> tuple[ModelBuilder, list[int]]:
    """The same model before it is written, and its outputs."""
    author = _Author(np.random.default_rng(seed))
    return author.builder, author.model()


class _Author:
    """Writes one model: `at` is the tensor the next operator reads."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.builder = ModelBuilder()
        self.at = 0

    def model(self) -> list[int]:
        outside = self.choice(("int16", "int16", "float32", "int8"))
        shape = (1, *self.choice(_SIZES), self.choice(_CHANNELS))
        scale = math.exp(self.rng.uniform(-10, -7))
        if outside == "int16":
            self.at = self.builder.input(shape, "int16", scale=scale)
        else:
            quant = {} if outside == "float32" else {"scale": scale * 256, "zero_point": int(self.rng.integers(-128, 128))}
            self.at = self.builder.input(shape, outside, **quant)
            self.op("QUANTIZE", shape, scale)
        for _ in range(int(self.rng.integers(1, 7))):
            self.choice(self.spatial())()
        self.choice((self.mean, self.head, lambda: None))()
        if outside == "float32":
            self.at = self.builder.op("DEQUANTIZE", [self.at], shape=self.shape, dtype="float32")
        elif outside == "int8":
            kind = self.choice(("int8", "int32"))
            self.at = self.builder.op("QUANTIZE", [self.at], shape=self.shape, dtype=kind, scale=self.scale * 2, zero_point=0)
        return [self.at]

    def choice(self, choices):  # type: ignore[no-untyped-def]
        return choices[int(self.rng.integers(len(choices)))]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.builder.tensors[self.at].shape

    @property
    def scale(self) -> float:
        return float(np.float32(self.builder.tensors[self.at].scale))  # type: ignore[arg-type]

    def op(self, kind: str, shape: tuple[int, ...], scale: float, *others: int, **options: object) -> None:
        self.at = self.builder.op(kind, [self.at, *others], shape=shape, dtype="int16", scale=scale, **options)  # type: ignore[arg-type]

    def spatial(self) -> list[Callable[[], None]]:
        return [self.conv, self.conv, self.depthwise, self.residual, self.product, self.pool, self.curve, self.line, self.move]

    def weights(self, shape: tuple[int, ...], axis: int) -> tuple[int, int, float]:
        """Filters, their biases, and the scale of the output."""
        outputs, taps = shape[axis], math.prod(shape) // shape[axis]
        values = self.rng.integers(-127, 128, shape).astype(np.int8)
        scales = np.float32(np.exp(self.rng.uniform(-6, -5, outputs if self.rng.integers(2) else 1)))
        bias = self.rng.integers(-(1 << 20), 1 << 20, outputs)
        target = self.scale * float(scales.mean()) * 64 * math.sqrt(taps) * math.exp(self.rng.uniform(-0.5, 1))
        first = self.builder.constant(values, scale=scales, axis=axis)
        return first, self.builder.constant(bias, scale=np.float32(scales * self.scale)), target

    def conv(self) -> None:
        _, height, width, depth = self.shape
        kernel, outputs = self.choice(((1, 1), (3, 3), (1, 3), (2, 2))), self.choice(_CHANNELS)
        stride = self.choice(((1, 1), (1, 1), (2, 2), (2, 1)))
        w, v, scale = self.weights((outputs, *kernel, depth), 0)
        shape = (1, -(-height // stride[0]), -(-width // stride[1]), outputs)
        activation = self.choice(("NONE", "NONE", "RELU", "RELU6"))
        self.op("CONV_2D", shape, scale, w, v, stride=stride, padding="SAME", activation=activation)

    def depthwise(self) -> None:
        w, v, scale = self.weights((1, 3, 3, self.shape[3]), 3)
        self.op("DEPTHWISE_CONV_2D", self.shape, scale, w, v, padding="SAME", activation=self.choice(("NONE", "RELU")))

    def residual(self) -> None:
        before, scale = self.at, self.scale
        self.choice((self.depthwise, self.curve, self.line))()
        self.op(self.choice(("ADD", "SUB", "MAXIMUM")), self.shape, 2 * max(scale, self.scale), before)

    def product(self) -> None:
        values = self.rng.integers(-(2**15), 2**15, self.shape[-1:]).astype(np.int16)
        other = self.builder.constant(values, scale=1e-4)
        self.op("MUL", self.shape, self.scale * 2, other)

    def pool(self) -> None:
        _, height, width, depth = self.shape
        window = (min(2, height), min(2, width))
        shape = (1, height // window[0], width // window[1], depth)
        kind = self.choice(("AVERAGE_POOL_2D", "MAX_POOL_2D"))
        self.op(kind, shape, self.scale, filter=window, stride=window, padding="VALID")

    def curve(self) -> None:
        self.op(self.choice(("LOGISTIC", "TANH")), self.shape, 2.0**-15)

    def line(self) -> None:
        kind = self.choice(("RELU", "LEAKY_RELU"))
        self.op(kind, self.shape, self.scale, **({"alpha": 0.2} if kind == "LEAKY_RELU" else {}))

    def move(self) -> None:
        _, height, width, depth = self.shape
        kind = self.choice(("PAD", "SLICE", "TRANSPOSE", "CONCATENATION"))
        if kind == "PAD":
            self.op(kind, (1, height + 1, width + 2, depth), self.scale, paddings=[(0, 0), (1, 0), (1, 1), (0, 0)])
        elif kind == "SLICE":
            size = (1, max(height - 1, 1), width, max(depth - 1, 1))
            self.op(kind, size, self.scale, begin=(0, height - size[1], 0, 0), size=size)
        elif kind == "TRANSPOSE":
            self.op(kind, (1, width, height, depth), self.scale, perm=(0, 2, 1, 3))
        else:
            self.op(kind, (1, height, width, 2 * depth), self.scale, self.at, axis=3)

    def mean(self) -> None:
        self.op("MEAN", (1, self.shape[3]), self.scale, axes=[1, 2])

    def head(self) -> None:
        inputs = math.prod(self.shape)
        w, v, scale = self.weights((6, inputs), 0)
        self.op("FULLY_CONNECTED", (1, 6), scale, w, v)
        self.op("SOFTMAX", (1, 6), 2.0**-15)
