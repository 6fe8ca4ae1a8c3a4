"""Random single operators on int16 activations with int8 weights (16x8)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.kernels.differential import Case
from tests.kernels.draw import ACTIVATIONS, Draw
from tests.kernels.filters import USUAL, Pair, window, window_shape
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.registry import OPERATORS

LOWEST, HIGHEST = -(2**15), 2**15 - 1


def values(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    """int16: any, only extremes, all equal to one extreme, or small ones."""
    kind = draw.integer(0, 5)
    if kind == 0:
        return np.full(shape, draw.pick((LOWEST, HIGHEST)), np.int16)
    if kind == 1:
        return draw.rng.choice(np.array([LOWEST, HIGHEST], np.int16), shape)
    if kind == 2:
        return draw.rng.integers(-9, 10, shape).astype(np.int16)
    return draw.rng.integers(LOWEST, HIGHEST + 1, shape).astype(np.int16)


def layer(
    draw: Draw,
    kind: str,
    shape: tuple[int, ...],
    filters: np.ndarray,
    out: tuple[int, ...],
    *,
    axis: int,
    scales: tuple[float, float] = USUAL,
    most: int = 1 << 20,
    **options: Any,
) -> Case:
    """A layer with weights; biases, if any, are int64, sometimes int32, and at most `most`."""
    outputs = filters.shape[axis]
    b = ModelBuilder()
    source, target = draw.scale(-12, -8), draw.scale(-12, -8)
    x = b.input(shape, "int16", scale=source)
    effective = np.exp(draw.rng.uniform(*scales, outputs if draw.chance(2) else 1))
    inputs = [x, b.constant(filters, scale=np.float32(effective * target / source), axis=axis)]
    if draw.chance(3) or kind == "DEPTHWISE_CONV_2D":
        biases = draw.rng.integers(-most, most + 1, outputs)
        narrow = most < 1 << 31 and kind != "DEPTHWISE_CONV_2D" and draw.chance(3)
        inputs.append(b.constant(biases.astype(np.int32 if narrow else np.int64), scale=np.float32(effective * target)))
    options.setdefault("activation", draw.pick(ACTIVATIONS))
    y = b.op(kind, inputs, shape=out, dtype="int16", scale=target, **options)
    return Case(OPERATORS[kind], b.build([y]), [values(draw, shape)])


def _size(draw: Draw) -> Pair:
    return (draw.integer(1, 8), draw.integer(1, 8))


def conv(draw: Draw, scales: tuple[float, float] = USUAL, most: int = 1 << 20) -> Case:
    size, kernel, stride = _size(draw), (draw.integer(1, 4), draw.integer(1, 4)), (draw.integer(1, 3), draw.integer(1, 3))
    channels, dilation = (draw.integer(1, 7), draw.integer(1, 7)), draw.pick(((1, 1), (1, 1), (2, 1), (1, 2), (3, 2)))
    options = window(draw, size, kernel, stride, dilation)
    out = (1, *window_shape(size, kernel, stride, dilation, options["padding"]), channels[1])
    filters = draw.values((channels[1], *kernel, channels[0]))
    shape = (1, *size, channels[0])
    return layer(draw, "CONV_2D", shape, filters, out, axis=0, scales=scales, most=most, **options)


def depthwise(draw: Draw) -> Case:
    size, kernel, stride = _size(draw), (draw.integer(1, 4), draw.integer(1, 4)), (draw.integer(1, 3),) * 2
    channels, multiplier, dilation = draw.integer(1, 6), draw.integer(1, 3), draw.pick(((1, 1), (1, 1), (2, 2)))
    options = window(draw, size, kernel, stride, dilation)
    out = (1, *window_shape(size, kernel, stride, dilation, options["padding"]), channels * multiplier)
    filters = draw.values((1, *kernel, channels * multiplier))
    options["depth_multiplier"] = multiplier
    return layer(draw, "DEPTHWISE_CONV_2D", (1, *size, channels), filters, out, axis=3, **options)


def dense(draw: Draw, scales: tuple[float, float] = USUAL) -> Case:
    batches, inputs, outputs = draw.integer(1, 3), draw.pick((draw.integer(1, 40), 700)), draw.integer(1, 9)
    filters = draw.values((outputs, inputs))
    return layer(draw, "FULLY_CONNECTED", (batches, inputs), filters, (batches, outputs), axis=0, scales=scales)


def transpose_conv(draw: Draw) -> Case:
    kernel, stride, (height, width, depth, outputs) = draw.shape(2, 4), draw.shape(2, 3), draw.shape(4, 5)
    padding = draw.pick(("SAME", "VALID"))
    size = tuple(
        n * s if padding == "SAME" else (n - 1) * s + max(k, s) for n, s, k in zip((height, width), stride, kernel, strict=True)
    )
    b, shape, out = ModelBuilder(), (1, height, width, depth), (1, *size, outputs)
    source, target = draw.scale(-12, -8), draw.scale(-12, -8)
    effective = np.exp(draw.rng.uniform(*USUAL, outputs if draw.chance(2) else 1))
    weights = b.constant(draw.values((outputs, *kernel, depth)), scale=np.float32(effective * target / source), axis=0)
    inputs = [b.constant(np.array(out, np.int32)), weights, b.input(shape, "int16", scale=source)]
    if draw.chance(2):
        inputs.append(b.constant(draw.rng.integers(-(1 << 20), 1 << 20, outputs), scale=np.float32(effective * target)))
    options = {"stride": stride, "padding": padding, "activation": draw.pick(ACTIVATIONS)}
    y = b.op("TRANSPOSE_CONV", inputs, shape=out, dtype="int16", scale=target, **options)
    return Case(OPERATORS["TRANSPOSE_CONV"], b.build([y]), [values(draw, shape)])


def pair(draw: Draw, kind: str) -> Case:
    b = ModelBuilder()
    shape = (1, *draw.shape(3, 6)) if draw.chance(2) else draw.shape(draw.integer(1, 4), 5)
    second = shape if draw.chance(2) else tuple(n if draw.chance(2) else 1 for n in shape)[draw.integer(0, len(shape) - 1) :]
    one = draw.scale(-12, -6)
    other = float(np.float32(one * math.exp(draw.rng.uniform(-1, 1))))
    x, data = b.input(shape, "int16", scale=one), values(draw, second)
    constant = draw.chance(4)
    y = b.constant(data, scale=other) if constant else b.input(second, "int16", scale=other)
    size = one * other * 2**14 if kind == "MUL" else max(one, other)
    options = {} if kind in ("MAXIMUM", "MINIMUM") else {"activation": draw.pick(ACTIVATIONS)}
    out = b.op(
        kind,
        [y, x] if draw.chance(3) else [x, y],
        shape=shape,
        dtype="int16",
        scale=float(np.float32(size * math.exp(draw.rng.uniform(-0.6, 2)))),
        **options,
    )
    return Case(OPERATORS[kind], b.build([out]), [values(draw, shape)] + ([] if constant else [data]))


def curve(draw: Draw, kind: str) -> Case:
    b = ModelBuilder()
    shape = draw.shape(draw.integer(1, 4), 6)
    scale = draw.pick((2.0**-12, 2.0**-11, 2.0**-13, draw.scale(-12, -1), draw.scale(-9, 0)))
    y = b.op(kind, [b.input(shape, "int16", scale=scale)], shape=shape, dtype="int16", scale=2.0**-15)
    return Case(OPERATORS[kind], b.build([y]), [values(draw, shape)])


def softmax(draw: Draw) -> Case:
    b = ModelBuilder()
    shape = (*draw.shape(draw.integer(0, 2), 4), draw.pick((1, 2, 5, 33, 200)))
    x = b.input(shape, "int16", scale=draw.scale(-12, -3))
    y = b.op("SOFTMAX", [x], shape=shape, dtype="int16", scale=2.0**-15, beta=draw.pick((1.0, 1.0, 0.3, 2.0)))
    return Case(OPERATORS["SOFTMAX"], b.build([y]), [values(draw, shape)])


def line(draw: Draw, kind: str) -> Case:
    b = ModelBuilder()
    shape, scale = draw.shape(draw.integer(1, 4), 6), draw.scale(-10, -6)
    options = {"alpha": draw.pick((0.1, 0.3, -0.2, 1.5))} if kind == "LEAKY_RELU" else {}
    target = scale if kind == "RELU6" else scale * draw.scale(-1, 1)
    y = b.op(kind, [b.input(shape, "int16", scale=scale)], shape=shape, dtype="int16", scale=target, **options)
    return Case(OPERATORS[kind], b.build([y]), [values(draw, shape)])


def pool(draw: Draw, kind: str) -> Case:
    b = ModelBuilder()
    size, stride = _size(draw), (draw.integer(1, 3), draw.integer(1, 3))
    kernel = tuple(draw.integer(1, min(4, n)) for n in size)
    channels, padding, scale = draw.integer(1, 6), draw.pick(("SAME", "VALID")), draw.scale(-12, -6)
    out = (1, *window_shape(size, kernel, stride, (1, 1), padding), channels)  # type: ignore[arg-type]
    x = b.input((1, *size, channels), "int16", scale=scale)
    options = {"filter": kernel, "stride": stride, "padding": padding, "activation": draw.pick(ACTIVATIONS)}
    y = b.op(kind, [x], shape=out, dtype="int16", scale=scale, **options)
    return Case(OPERATORS[kind], b.build([y]), [values(draw, (1, *size, channels))])


def mean(draw: Draw, kind: str) -> Case:
    b = ModelBuilder()
    shape, scale, keep = draw.shape(draw.integer(2, 4), 5), draw.scale(-12, -6), draw.chance(2)
    axes = sorted({draw.integer(0, len(shape) - 1) for _ in range(2)})
    out = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    spread = draw.scale(-0.5, 0.5) if kind == "MEAN" else draw.scale(0, 3)
    x = b.input(shape, "int16", scale=scale)
    y = b.op(kind, [x], shape=out, dtype="int16", scale=scale * spread, axes=axes, keep_dims=keep)
    return Case(OPERATORS[kind], b.build([y]), [values(draw, shape)])


KINDS = {"int8": np.int8, "int16": np.int16, "int32": np.int32}


def requantise(draw: Draw, source: str, target: str) -> Case:
    b = ModelBuilder()
    shape, ends = draw.shape(draw.integer(1, 4), 5), np.iinfo(KINDS[source])
    zero_points = [draw.zero_point() if kind == "int8" else 0 for kind in (source, target)]
    size = {"int8": 0.05, "int16": 2e-4, "int32": 3e-9}
    scales = [float(np.float32(size[kind] * draw.scale(-1, 1))) for kind in (source, target)]
    x = b.input(shape, source, scale=scales[0], zero_point=zero_points[0])
    y = b.op("QUANTIZE", [x], shape=shape, dtype=target, scale=scales[1], zero_point=zero_points[1])
    data = (
        draw.rng.integers(ends.min, ends.max, shape, endpoint=True)
        if draw.chance(2)
        else draw.rng.choice([ends.min, ends.max], shape)
    )
    return Case(OPERATORS["QUANTIZE"], b.build([y]), [data.astype(source)])


PAIRS = ("ADD", "MAXIMUM", "MINIMUM", "MUL", "SUB")
CURVES = ("LOGISTIC", "TANH")
LINES = ("LEAKY_RELU", "RELU", "RELU6")
POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
MEANS = ("MEAN", "SUM")
TYPES = [(s, t) for s in KINDS for t in KINDS if (s, t) not in (("int8", "int8"), ("int32", "int32"))]
