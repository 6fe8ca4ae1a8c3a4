"""Synthetic layers of int16 activations, and of what changes between integer types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tinykit.calibration.other_layers import MAPS, ODD, SPREADS, Layer, Shape
from tinykit.calibration.tflite_builder import ModelBuilder

SCALE = 0.001


def _input(b: ModelBuilder, shape: Shape) -> int:
    return b.input(shape, "int16", scale=SCALE)


def _out(b: ModelBuilder, kind: str, inputs: Sequence[int], shape: Shape, scale: float = SCALE, **options: Any) -> int:
    return b.op(kind, inputs, shape=shape, dtype="int16", scale=scale, **options)


def _weights(b: ModelBuilder, shape: Shape, axis: int) -> list[int]:
    outputs = shape[axis]
    filters = b.constant(np.ones(shape, np.int8), scale=np.full(outputs, 0.01), axis=axis)
    return [filters, b.constant(np.ones(outputs, np.int64), scale=np.full(outputs, 0.01 * SCALE))]


def conv(b: ModelBuilder, shape: Shape, outputs: int, kernel: tuple[int, int]) -> int:
    operands = [_input(b, shape), *_weights(b, (outputs, *kernel, shape[3]), 0)]
    return _out(b, "CONV_2D", operands, (*shape[:3], outputs), padding="SAME")


def depthwise(b: ModelBuilder, shape: Shape, kernel: tuple[int, int], multiplier: int = 1) -> int:
    outputs = shape[3] * multiplier
    operands = [_input(b, shape), *_weights(b, (1, *kernel, outputs), 3)]
    return _out(b, "DEPTHWISE_CONV_2D", operands, (*shape[:3], outputs), padding="SAME", depth_multiplier=multiplier)


def dense(b: ModelBuilder, rows: int, inputs: int, outputs: int) -> int:
    weights = b.constant(np.ones((outputs, inputs), np.int8), scale=0.01)
    bias = b.constant(np.ones(outputs, np.int64), scale=0.01 * SCALE)
    return _out(b, "FULLY_CONNECTED", [_input(b, (rows, inputs)), weights, bias], (rows, outputs))


def spread(b: ModelBuilder, shape: Shape, outputs: int, kernel: int, stride: int) -> int:
    out = (1, shape[1] * stride, shape[2] * stride, outputs)
    operands = _weights(b, (outputs, kernel, kernel, shape[3]), 0)
    inputs = [b.constant(np.array(out, np.int32)), operands[0], _input(b, shape)]
    return _out(b, "TRANSPOSE_CONV", inputs, out, stride=(stride, stride), padding="SAME")


def pair(b: ModelBuilder, kind: str, shape: Shape, second: Shape) -> int:
    return _out(b, kind, [_input(b, shape), _input(b, second)], shape)


def pairs(kind: str) -> list[Layer]:
    return [
        *(partial(pair, kind=kind, shape=s, second=t) for s in MAPS for t in (s, (1, 1, 1, s[3]))),
        *(partial(pair, kind=kind, shape=s, second=(s[0], *(1,) * (len(s) - 2), s[-1])) for s in ODD),
    ]


def curve(b: ModelBuilder, kind: str, shape: Shape, scale: float = SCALE, **options: Any) -> int:
    return _out(b, kind, [_input(b, shape)], shape, scale, **options)


def pool(b: ModelBuilder, kind: str, shape: Shape, window: tuple[int, int]) -> int:
    rows, columns = (n // size for n, size in zip(shape[1:3], window, strict=True))
    options: dict[str, Any] = {"filter": window, "stride": window, "padding": "VALID"}
    return _out(b, kind, [_input(b, shape)], (1, rows, columns, shape[3]), **options)


def mean(b: ModelBuilder, shape: Shape) -> int:
    return _out(b, "MEAN", [_input(b, shape)], (1, shape[3]), axes=[1, 2])


def softmax_from_int8(b: ModelBuilder, shape: Shape) -> int:
    x = b.input(shape, scale=0.04)
    return b.op("SOFTMAX", [x], shape=shape, dtype="int16", scale=2.0**-16, zero_point=-(2**15), beta=1.0)


def requantise(b: ModelBuilder, shape: Shape, source: str, target: str) -> int:
    x = b.input(shape, source, scale=SCALE)
    return b.op("QUANTIZE", [x], shape=shape, dtype=target, scale=4 * SCALE, zero_point=0)


CHANGES = (("int8", "int16"), ("int16", "int8"), ("int16", "int32"), ("int32", "int8"))

INT16_GROUPS: Mapping[str, Sequence[Layer]] = {
    "int16 layers": [
        *(
            partial(conv, shape=s, outputs=n, kernel=k)
            for s, n, k in (
                ((1, 8, 8, 8), 16, (1, 1)),
                ((1, 4, 4, 40), 6, (1, 1)),
                ((1, 10, 10, 3), 8, (3, 3)),
                ((1, 6, 6, 16), 4, (3, 3)),
                ((1, 1, 40, 6), 12, (1, 5)),
            )
        ),
        *(
            partial(depthwise, shape=s, kernel=k, multiplier=m)
            for s, k, m in (
                ((1, 8, 8, 8), (3, 3), 1),
                ((1, 12, 4, 3), (5, 5), 1),
                ((1, 6, 6, 20), (3, 3), 1),
                ((1, 5, 9, 4), (3, 1), 3),
            )
        ),
        *(partial(dense, rows=r, inputs=i, outputs=o) for r, i, o in ((1, 100, 10), (1, 20, 60), (8, 16, 16), (3, 400, 4))),
        *(
            partial(pool, kind=kind, shape=s, window=w)
            for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
            for s, w in (((1, 8, 8, 8), (2, 2)), ((1, 12, 9, 3), (3, 3)), ((1, 10, 4, 20), (5, 1)), ((1, 6, 6, 1), (6, 6)))
        ),
        *(partial(mean, shape=s) for s in MAPS),
    ],
    "int16 spread": [partial(spread, shape=s, outputs=n, kernel=k, stride=stride) for s, n, k, stride in SPREADS],
    "int16 pairs": [layer for kind in ("ADD", "SUB", "MUL", "MINIMUM", "MAXIMUM") for layer in pairs(kind)],
    "int16 curves": [
        *(partial(curve, kind=kind, shape=s, scale=2.0**-15) for kind in ("LOGISTIC", "TANH") for s in MAPS),
        *(partial(curve, kind=kind, shape=s) for kind in ("RELU", "RELU6") for s in MAPS),
        *(partial(curve, kind="LEAKY_RELU", shape=s, alpha=0.2) for s in MAPS),
        *(partial(curve, kind="SOFTMAX", shape=s, scale=2.0**-15, beta=1.0) for s in ((1, 10), (20, 2), (4, 100))),
        *(partial(softmax_from_int8, shape=s) for s in ((1, 10), (20, 2), (4, 100))),
    ],
    "requantise": [partial(requantise, shape=s, source=a, target=z) for a, z in CHANGES for s in MAPS],
}
