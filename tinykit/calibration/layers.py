"""Synthetic layers for the cost tables: one model an operator, each layer a branch with its own input and output.

They span the sizes of small networks and vary every cost term by itself. None is taken from a model that predictions
are judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tinykit.calibration.int16_layers import INT16_GROUPS
from tinykit.calibration.other_layers import ODD, OTHER_GROUPS, pair
from tinykit.calibration.state_layers import STATE_GROUPS
from tinykit.calibration.tflite_builder import ModelBuilder

RNG = np.random.default_rng(1)
Size = tuple[int, int]
"""Height and width."""


def _weights(b: ModelBuilder, shape: tuple[int, ...], outputs: int, axis: int) -> tuple[int, int]:
    scales = np.full(outputs, 0.01)
    weights = b.constant(RNG.integers(-127, 128, shape).astype(np.int8), scale=scales, axis=axis)
    return weights, b.constant(RNG.integers(-999, 999, outputs).astype(np.int32), scale=0.0005)


def _size(n: int, kernel: int, stride: int, padding: str) -> int:
    return -(-n // stride) if padding == "SAME" else (n - kernel) // stride + 1


def conv(
    b: ModelBuilder,
    size: Size,
    inputs: int,
    outputs: int,
    kernel: int | Size,
    stride: int = 1,
    padding: str = "SAME",
    activation: str = "NONE",
) -> int:
    window = (kernel, kernel) if isinstance(kernel, int) else kernel
    x = b.input((1, *size, inputs), scale=0.05, zero_point=-3)
    weights, bias = _weights(b, (outputs, *window, inputs), outputs, 0)
    shape = (1, *(_size(n, k, stride, padding) for n, k in zip(size, window, strict=True)), outputs)
    options: dict[str, Any] = {"stride": (stride, stride), "padding": padding, "activation": activation}
    return b.op("CONV_2D", [x, weights, bias], shape=shape, scale=0.2, zero_point=4, **options)


def depthwise(
    b: ModelBuilder,
    size: Size,
    inputs: int,
    kernel: int | Size,
    stride: int = 1,
    padding: str = "SAME",
    multiplier: int = 1,
) -> int:
    window = (kernel, kernel) if isinstance(kernel, int) else kernel
    outputs = inputs * multiplier
    x = b.input((1, *size, inputs), scale=0.05, zero_point=-3)
    weights, bias = _weights(b, (1, *window, outputs), outputs, 3)
    shape = (1, *(_size(n, k, stride, padding) for n, k in zip(size, window, strict=True)), outputs)
    options: dict[str, Any] = {"stride": (stride, stride), "padding": padding, "depth_multiplier": multiplier}
    return b.op("DEPTHWISE_CONV_2D", [x, weights, bias], shape=shape, scale=0.2, zero_point=4, **options)


def dense(b: ModelBuilder, inputs: int, outputs: int, batch: int = 1) -> int:
    x = b.input((batch, inputs), scale=0.05, zero_point=-3)
    weights = b.constant(RNG.integers(-127, 128, (outputs, inputs)).astype(np.int8), scale=0.01)
    bias = b.constant(RNG.integers(-999, 999, outputs).astype(np.int32), scale=0.0005)
    return b.op("FULLY_CONNECTED", [x, weights, bias], shape=(batch, outputs), scale=0.2, zero_point=4)


def add(b: ModelBuilder, n: int, channels: int, second: tuple[int, ...] | None = None, **options: str) -> int:
    """Two maps; or a map and a constant of shape `second`."""
    shape = (1, n, n, channels)
    x = b.input(shape, scale=0.1, zero_point=3)
    if second is None:
        y = b.input(shape, scale=0.07, zero_point=-9)
    else:
        y = b.constant(RNG.integers(-128, 128, second).astype(np.int8), scale=0.07, zero_point=-9)
    return b.op("ADD", [x, y], shape=shape, scale=0.12, zero_point=5, **options)


def add_wide(b: ModelBuilder, n: int, channels: int, second: tuple[int, ...] | None = None) -> int:
    """Scales so far apart that no linear form exists; the second operand has the same shape, or `second`."""
    shape = (1, n, n, channels)
    x, y = b.input(shape, scale=60000.0, zero_point=-21), b.input(second or shape, scale=0.5, zero_point=-88)
    return b.op("ADD", [x, y], shape=shape, scale=0.4, zero_point=33)


def pool(b: ModelBuilder, kind: str, n: int, channels: int, kernel: int, stride: int, padding: str = "VALID") -> int:
    x = b.input((1, n, n, channels), scale=0.1)
    size = _size(n, kernel, stride, padding)
    options: dict[str, Any] = {"filter": (kernel, kernel), "stride": (stride, stride), "padding": padding}
    return b.op(kind, [x], shape=(1, size, size, channels), scale=0.1, **options)


def quantize(b: ModelBuilder, n: int, channels: int) -> int:
    x = b.input((1, n, n, channels), scale=0.1)
    return b.op("QUANTIZE", [x], shape=(1, n, n, channels), scale=0.07)


def softmax(b: ModelBuilder, pixels: int, channels: int) -> int:
    x = b.input((pixels, channels), scale=0.04)
    return b.op("SOFTMAX", [x], shape=(pixels, channels), scale=1 / 256, zero_point=-128, beta=1.0)


def mean(b: ModelBuilder, shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    x = b.input(shape, scale=0.1, zero_point=3)
    out = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    return b.op("MEAN", [x], shape=out, scale=0.06, axes=axes)


def pad(b: ModelBuilder, shape: tuple[int, ...], paddings: tuple[tuple[int, int], ...]) -> int:
    x = b.input(shape, scale=0.1)
    out = tuple(size + sum(pair) for size, pair in zip(shape, paddings, strict=True))
    return b.op("PAD", [x], shape=out, scale=0.1, paddings=paddings)


def transpose(b: ModelBuilder, shape: tuple[int, ...], perm: tuple[int, ...]) -> int:
    x = b.input(shape, scale=0.1)
    return b.op("TRANSPOSE", [x], shape=tuple(shape[axis] for axis in perm), scale=0.1, perm=perm)


NONE = (0, 0)
Layer = Callable[[ModelBuilder], int]

GROUPS: Mapping[str, Sequence[Layer]] = {
    **OTHER_GROUPS,
    **STATE_GROUPS,
    **INT16_GROUPS,
    "pointwise": [
        lambda b, a=a: conv(b, *a, kernel=1)  # type: ignore[misc]
        for a in (
            ((12, 12), 16, 48),
            ((12, 12), 48, 16),
            ((6, 6), 96, 24),
            ((6, 6), 24, 96),
            ((10, 10), 8, 8),
            ((9, 9), 3, 10),
            ((3, 3), 160, 40),
            ((7, 7), 18, 7),
            ((1, 1), 8, 8),
            ((1, 1), 64, 4),
            ((1, 2), 4, 24),
            ((1, 20), 16, 8),
            ((1, 1), 96, 64),
            ((20, 20), 12, 30),
            ((5, 5), 64, 100),
        )
    ],
    "conv": [
        lambda b, a=a: conv(b, *a)  # type: ignore[misc]
        for a in (
            ((12, 12), 3, 16, 3, 2),
            ((12, 12), 3, 8, 3, 1),
            ((10, 10), 16, 16, 3, 1),
            ((10, 10), 16, 16, 3, 1, "VALID"),
            ((12, 12), 8, 12, 3, 2, "VALID"),
            ((9, 9), 5, 7, 5, 1),
            ((14, 14), 1, 8, 4, 2, "VALID"),
            ((8, 8), 24, 10, 1, 2),
            ((6, 6), 32, 32, 3, 1, "VALID"),
            ((5, 5), 12, 20, 2, 1),
            ((30, 3), 4, 4, 3, 1, "VALID"),
            ((3, 30), 4, 4, 3, 1, "VALID"),
            ((20, 1), 4, 4, 3, 1),
            ((3, 3), 4, 4, 3, 1, "VALID"),
            ((40, 40), 3, 8, 3, 2),
            ((40, 40), 3, 24, 3, 2),
            ((22, 22), 3, 12, 3, 1),
            ((40, 20), 1, 24, (8, 4), 2),
            ((40, 20), 1, 10, (6, 5), 2),
            ((32, 32), 1, 8, 5, 2),
            ((28, 28), 1, 16, 3, 1),
            ((20, 20), 8, 16, 3, 1),
            ((14, 14), 24, 24, 3, 1),
            ((14, 14), 24, 48, 3, 2),
            ((7, 7), 48, 48, 3, 1),
            ((40, 1), 16, 24, (5, 1), 1),
            ((1, 40), 20, 28, (1, 5), 2),
            ((16, 16), 20, 36, 1, 2),
            ((11, 4), 6, 9, 3, 1),
            ((30, 24), 1, 6, (9, 7), 2),
            ((24, 20), 2, 4, (7, 5), 1),
            ((16, 12), 1, 10, (11, 9), 1),
            ((20, 30), 1, 12, (8, 6), 2),
            ((12, 12), 3, 8, 7, 1),
        )
    ],
    "conv clamped": [
        lambda b, a=a: conv(b, *a, activation="RELU6")  # type: ignore[misc]
        for a in (
            ((12, 12), 3, 16, 3, 2),
            ((10, 10), 16, 16, 3, 1),
            ((10, 10), 16, 15, 3, 1, "VALID"),
            ((9, 9), 5, 7, 5, 1),
            ((14, 14), 1, 8, 4, 2, "VALID"),
            ((8, 8), 24, 10, 1, 2),
            ((30, 3), 4, 4, 3, 1, "VALID"),
            ((3, 30), 4, 4, 3, 1, "VALID"),
            ((20, 1), 4, 4, 3, 1),
            ((3, 3), 4, 4, 3, 1, "VALID"),
        )
    ],
    "pointwise clamped": [
        lambda b, a=a: conv(b, *a, kernel=1, activation="RELU6")  # type: ignore[misc]
        for a in (((12, 12), 16, 48), ((12, 12), 48, 16), ((6, 6), 96, 24), ((10, 10), 8, 8), ((9, 9), 3, 10), ((7, 7), 18, 7))
    ],
    "depthwise": [
        lambda b, a=a: depthwise(b, *a)  # type: ignore[misc]
        for a in (
            ((12, 12), 16, 3),
            ((12, 12), 48, 3, 2),
            ((10, 10), 24, 5),
            ((10, 10), 24, 5, 1, "VALID"),
            ((10, 10), 16, 7),
            ((14, 14), 16, 7, 2, "VALID"),
            ((12, 12), 8, 3, 1, "VALID"),
            ((6, 6), 96, 3),
            ((4, 4), 60, 7),
            ((8, 8), 13, 3),
            ((30, 3), 4, 3, 1, "VALID"),
            ((3, 30), 4, 3, 1, "VALID"),
            ((20, 1), 8, 3),
            ((3, 3), 4, 3, 1, "VALID"),
            ((40, 40), 12, 3),
            ((20, 20), 20, 3, 2),
            ((25, 5), 32, 3),
            ((9, 9), 48, 5, 2),
            ((9, 9), 36, 7, 1),
            ((7, 7), 60, 7, 2),
            ((5, 5), 100, 5),
            ((4, 4), 200, 3),
            ((16, 16), 24, 5),
            ((8, 8), 44, 3, 2),
            ((20, 1), 16, 5),
            ((6, 2), 16, 3),
            ((7, 7), 16, 4),
            ((20, 1), 60, (8, 1), 1, "VALID"),
            ((12, 1), 200, (12, 1), 1, "VALID"),
            ((9, 9), 32, (1, 3)),
            ((9, 9), 32, (2, 5)),
            ((9, 9), 24, (1, 7)),
            ((9, 12), 32, (1, 5)),
            ((9, 9), 24, (3, 5)),
            ((9, 11), 16, (3, 7)),
            ((8, 10), 24, (5, 7)),
            ((8, 8), 24, (5, 3)),
            ((24, 24), 1, 5, 2, "SAME", 8),
            ((30, 30), 1, 3, 2, "SAME", 12),
        )
    ],
    "depthwise multi": [
        lambda b, a=a: depthwise(b, *a)  # type: ignore[misc]
        for a in (
            ((10, 10), 4, 3, 1, "SAME", 2),
            ((10, 10), 4, 3, 1, "VALID", 2),
            ((8, 8), 6, 5, 1, "SAME", 3),
            ((8, 8), 6, 5, 1, "VALID", 3),
            ((12, 12), 2, 3, 2, "SAME", 8),
            ((12, 12), 2, 3, 2, "VALID", 8),
            ((9, 9), 3, 1, 1, "SAME", 5),
            ((30, 3), 2, 3, 1, "VALID", 2),
            ((3, 30), 2, 3, 1, "VALID", 2),
            ((3, 3), 2, 3, 1, "VALID", 2),
        )
    ],
    "dense": [
        lambda b, a=a: dense(b, *a)  # type: ignore[misc]
        for a in (
            *((128, 64), (64, 128), (640, 16), (16, 10), (8, 200), (250, 2)),
            *((33, 21), (32, 32, 4), (12, 3, 16), (1, 12), (12, 12), (12, 1)),
        )
    ],
    "add": [
        lambda b, a=a: add(b, *a)  # type: ignore[misc]
        for a in ((10, 16), (6, 24), (3, 96), (1, 8), (16, 8))
    ],
    "add per channel": [
        lambda b, a=a: add(b, *a, second=(a[1],))  # type: ignore[misc]
        for a in ((10, 16), (6, 24), (3, 96), (1, 8), (16, 2))
    ],
    "add exact": [
        lambda b, a=a: add_wide(b, *a)  # type: ignore[misc]
        for a in ((10, 16), (6, 24), (3, 96), (1, 8))
    ],
    "add broadcast": [
        *(partial(add, n=n, channels=16, second=second) for n in (2, 5, 10) for second in ((1, n, n, 16), (1, 1, n, 1))),
        *(partial(add_wide, n=n, channels=c, second=(1, n, n, 1)) for n, c in ((2, 16), (10, 16), (6, 3))),
        *(partial(pair, kind="ADD", shape=s, second=(s[0], *(1,) * (len(s) - 2), s[-1])) for s in ODD),
    ],
    "table": [
        lambda b, a=a: quantize(b, *a)  # type: ignore[misc]
        for a in ((10, 16), (6, 24), (3, 96), (1, 8))
    ],
    **{
        kind: [
            lambda b, kind=kind, a=a: pool(b, kind, *a)  # type: ignore[misc]
            for a in (
                (16, 16, 2, 2),
                (12, 16, 3, 2),
                (10, 32, 3, 1, "SAME"),
                (12, 10, 2, 2),
                (16, 3, 2, 2),
                (7, 64, 7, 1),
                (6, 24, 5, 1, "SAME"),
                (3, 128, 3, 3),
                (2, 4, 2, 2),
                (8, 4, 1, 1),
                (4, 8, 2, 1),
            )
        ]
        for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
    },
    "softmax": [
        lambda b, a=a: softmax(b, *a)  # type: ignore[misc]
        for a in ((1, 2), (1, 10), (1, 100), (64, 4), (30, 20), (200, 2))
    ],
    "mean": [
        lambda b, a=a: mean(b, *a)  # type: ignore[misc]
        for a in (
            ((1, 8, 8, 64), (1, 2)),
            ((1, 5, 5, 160), (1, 2)),
            ((1, 16, 16, 8), (1, 2)),
            ((1, 3, 3, 256), (1, 2)),
            ((1, 8, 8, 64), (3,)),
            ((1, 4, 200), (2,)),
            ((1, 200, 3), (1,)),
            ((1, 24, 24, 2), (1, 2)),
            ((1, 10, 10, 20), (1,)),
        )
    ],
    "pad": [
        lambda b, a=a: pad(b, *a)  # type: ignore[misc]
        for a in (
            ((1, 10, 10, 16), (NONE, (1, 1), (1, 1), NONE)),
            ((1, 20, 20, 3), (NONE, (0, 1), (0, 1), NONE)),
            ((1, 4, 4, 64), (NONE, (2, 2), (2, 2), NONE)),
            ((1, 8, 8, 16), (NONE, NONE, NONE, (8, 8))),
            ((1, 16, 16, 4), (NONE, NONE, NONE, (0, 4))),
            ((1, 3, 3, 100), (NONE, (1, 1), NONE, (3, 3))),
        )
    ],
    "pad tensor": [
        lambda b, a=a: pad(b, *a)  # type: ignore[misc]
        for a in (
            ((1, 200, 8), (NONE, (3, 3), NONE)),
            ((30, 20), (NONE, (1, 1))),
            ((1, 100, 12), (NONE, NONE, (2, 2))),
            ((4, 5, 6, 7), ((1, 0), (1, 1), (0, 2), (1, 1))),
            ((1, 8), (NONE, (4, 4))),
        )
    ],
    "transpose": [
        lambda b, a=a: transpose(b, *a)  # type: ignore[misc]
        for a in (
            ((1, 10, 10, 16), (0, 3, 1, 2)),
            ((1, 16, 10, 10), (0, 2, 3, 1)),
            ((12, 20, 16), (1, 0, 2)),
            ((12, 20, 4), (1, 0, 2)),
            ((60, 30), (1, 0)),
            ((3, 200), (1, 0)),
            ((5, 6, 7, 8), (3, 2, 1, 0)),
        )
    ],
}


def model(group: str) -> bytes:
    """The `.tflite` of one group."""
    b = ModelBuilder()
    return b.build([layer(b) for layer in GROUPS[group]])
