"""Synthetic layers of the operators beside convolutions: a few sizes of each, so that every cost term shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tinykit.calibration.tflite_builder import ModelBuilder

Layer = Callable[[ModelBuilder], int]
Shape = tuple[int, ...]

QUANT: dict[str, Any] = {"scale": 0.1, "zero_point": 3}
MAPS: tuple[Shape, ...] = ((1, 4, 4, 3), (1, 12, 12, 8), (1, 3, 40, 16), (1, 20, 5, 1))
ODD: tuple[Shape, ...] = ((3, 4, 5, 6), (2, 30, 8), (7, 5, 1, 20))


def pair(b: ModelBuilder, kind: str, shape: Shape, second: Shape) -> int:
    scale = {"MUL": 1.0, "PRELU": 1.0, "SQUARED_DIFFERENCE": 1.0, "DIV": 0.05}.get(kind, 0.1)
    return b.op(kind, [b.input(shape, **QUANT), b.input(second, **QUANT)], shape=shape, scale=scale, zero_point=3)


def pairs(kind: str) -> list[Layer]:
    by_rows: list[Layer] = [partial(pair, kind=kind, shape=s, second=t) for s in MAPS for t in (s, (1, 1, 1, s[3]))]
    # A row of the second operand for each of the first axis: no map.
    return by_rows + [partial(pair, kind=kind, shape=s, second=(s[0], *(1,) * (len(s) - 2), s[-1])) for s in ODD]


def one(b: ModelBuilder, kind: str, shape: Shape, out: Shape, **options: Any) -> int:
    return b.op(kind, [b.input(shape, **QUANT)], shape=out, **{**QUANT, **options})


def log_softmax(b: ModelBuilder, pixels: int, channels: int) -> int:
    return one(b, "LOG_SOFTMAX", (pixels, channels), (pixels, channels), scale=1 / 16, zero_point=127)


def l2_normalization(b: ModelBuilder, pixels: int, channels: int) -> int:
    return one(b, "L2_NORMALIZATION", (pixels, channels), (pixels, channels), scale=1 / 128)


def cut(b: ModelBuilder, shape: Shape, step: Sequence[int]) -> int:
    out = tuple(-(-n // by) for n, by in zip(shape, step, strict=True))
    return one(b, "STRIDED_SLICE", shape, out, begin=(0,) * len(shape), end=shape, strides=step)


def join(b: ModelBuilder, shape: Shape, axis: int, count: int) -> int:
    out = tuple(n * count if i == axis else n for i, n in enumerate(shape))
    return b.op("CONCATENATION", [b.input(shape, **QUANT) for _ in range(count)], shape=out, axis=axis, **QUANT)


def resize(b: ModelBuilder, kind: str, shape: Shape, factor: int) -> int:
    size = (shape[1] * factor, shape[2] * factor)
    return one(b, kind, shape, (1, *size, shape[3]), size=size)


def mirrored(b: ModelBuilder, shape: Shape) -> int:
    sides = [(0, 0), *((1, 1),) * (len(shape) - 2), (0, 0)]
    out = tuple(n + sum(pair) for n, pair in zip(shape, sides, strict=True))
    return one(b, "MIRROR_PAD", shape, out, paddings=sides, mode=1)


def reduced(b: ModelBuilder, kind: str, shape: Shape, axis: int) -> int:
    return one(b, kind, shape, shape[:axis] + shape[axis + 1 :], axes=[axis])


def place(b: ModelBuilder, kind: str, shape: Shape) -> int:
    inputs = [b.input(shape, **QUANT), b.constant(np.array(-1, np.int32))]
    return b.op(kind, inputs, shape=shape[:-1], dtype="int32")


def spread(b: ModelBuilder, shape: Shape, outputs: int, kernel: int, stride: int) -> int:
    out = (1, shape[1] * stride, shape[2] * stride, outputs)
    weights = b.constant(np.ones((outputs, kernel, kernel, shape[3]), np.int8), scale=0.1)
    inputs = [b.constant(np.array(out, np.int32)), weights, b.input(shape, **QUANT)]
    return b.op("TRANSPOSE_CONV", inputs, shape=out, stride=(stride, stride), padding="SAME", **QUANT)


def matmul(b: ModelBuilder, batch: Shape, rows: int, depth: int, columns: int, turned: bool = False) -> int:
    second = (columns, depth) if turned else (depth, columns)
    inputs = [b.input((*batch, rows, depth), **QUANT), b.input((*batch, *second), **QUANT)]
    return b.op("BATCH_MATMUL", inputs, shape=(*batch, rows, columns), adj_y=turned, **QUANT)


def mean_of_channels(b: ModelBuilder, shape: Shape) -> int:
    return one(b, "MEAN", shape, (*shape[:-1], 1), axes=[len(shape) - 1], keep_dims=True)


def add_to_pixels(b: ModelBuilder, shape: Shape) -> int:
    inputs = [b.input(shape, **QUANT), b.input((*shape[:-1], 1), scale=0.07, zero_point=-9)]
    return b.op("ADD", inputs, shape=shape, scale=0.12, zero_point=5)


CUTS = (
    ((1, 12, 12, 8), (1, 2, 2, 1)),
    ((1, 30, 10, 4), (1, 1, 1, 2)),
    ((1, 6, 6, 32), (1, 3, 1, 1)),
    ((1, 9, 9, 3), (1, 2, 1, 1)),
)
ODD_CUTS = (((3, 12, 8), (1, 2, 1)), ((2, 40, 30), (1, 1, 3)), ((60, 20), (3, 1)), ((4, 6, 6, 5), (2, 2, 2, 1)))

SPREADS = (
    ((1, 6, 6, 8), 8, 3, 2),
    ((1, 4, 4, 20), 4, 2, 2),
    ((1, 8, 8, 2), 6, 3, 1),
    ((1, 5, 5, 3), 2, 5, 3),
)
"""Input, output channels, window and stride of transposed convolutions."""

OTHER_GROUPS: Mapping[str, Sequence[Layer]] = {
    **{kind.lower(): pairs(kind) for kind in ("DIV", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")},
    "log softmax": [partial(log_softmax, pixels=p, channels=c) for p, c in ((1, 10), (20, 2), (4, 100), (50, 16))],
    "l2 normalization": [partial(l2_normalization, pixels=p, channels=c) for p, c in ((1, 10), (20, 2), (4, 100), (50, 16))],
    "slice": [partial(cut, shape=s, step=step) for s, step in (*CUTS, *ODD_CUTS)],
    "join": [partial(join, shape=s, axis=axis, count=n) for s in MAPS[:3] for axis in (1, 2, 3) for n in (2, 4)]
    + [partial(join, shape=s, axis=1, count=2) for s in ODD],
    "gather": [partial(resize, kind="RESIZE_NEAREST_NEIGHBOR", shape=s, factor=f) for s in MAPS for f in (2, 3)],
    "mirror": [partial(mirrored, shape=s) for s in (*MAPS, *ODD)],
    "blocks": [
        partial(one, kind=kind, shape=shapes[deep], out=shapes[1 - deep], block_size=2)
        for deep, kind in enumerate(("SPACE_TO_DEPTH", "DEPTH_TO_SPACE"))
        for shapes in (((1, 8, 8, 3), (1, 4, 4, 12)), ((1, 20, 6, 8), (1, 10, 3, 32)), ((1, 4, 60, 1), (1, 2, 30, 4)))
    ],
    "bilinear": [partial(resize, kind="RESIZE_BILINEAR", shape=s, factor=f) for s in MAPS for f in (2, 3)],
    "extremes": [
        partial(reduced, kind=kind, shape=s, axis=axis) for kind in ("REDUCE_MAX", "REDUCE_MIN") for s in MAPS for axis in (1, 3)
    ]
    + [partial(place, kind=kind, shape=s) for kind in ("ARG_MAX", "ARG_MIN") for s in (*MAPS, (1, 100))],
    "spread": [partial(spread, shape=s, outputs=n, kernel=k, stride=stride) for s, n, k, stride in SPREADS],
    "matmul": [
        partial(matmul, batch=batch, rows=r, depth=d, columns=c, turned=turned)
        for n, r, d, c in ((1, 10, 20, 10), (4, 16, 8, 16), (1, 3, 100, 5), (2, 30, 2, 30), (1, 40, 16, 2), (1, 6, 40, 24))
        for batch in ((n,), (1, n))
        for turned in (False, True)
    ]
    + [partial(matmul, batch=(3,), rows=r, depth=d, columns=c) for r, d, c in ((10, 20, 10), (16, 8, 5), (3, 60, 2))],
    "tokens": [partial(layer, shape=s) for layer in (mean_of_channels, add_to_pixels) for s in (*MAPS, (1, 1, 30, 64))],
}
