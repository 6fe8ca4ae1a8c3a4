"""A random case of any operator: what the slow suite draws thousands of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.kernels import int16, reals
from tests.kernels.differential import Case
from tests.kernels.draw import ACTIVATIONS, Draw
from tests.kernels.filters import ANY, USUAL, Pair, layer, window, window_shape
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

Author = Callable[[Draw, str], Case]
Shape = tuple[int, ...]


class Passed(Case):
    """An operator that only a pass makes what it is."""

    @property
    def node(self) -> Node:  # type: ignore[override]
        graph = run_passes(parse(self.model, name="case", source="case.tflite"))
        (op,) = graph.ops
        return Node(graph, op)


def _map(draw: Draw, most: int = 8, batch: tuple[int, ...] = (1,)) -> Shape:
    return (draw.pick(batch), *draw.shape(2, most), draw.integer(1, 7))


def _any(draw: Draw) -> Shape:
    return _map(draw) if draw.chance(2) else draw.shape(draw.integer(1, 4), 6)


def _one(
    draw: Draw, kind: str, shape: Shape, out: Shape | None = None, case: type[Case] = Case, *, same: bool = True, **options: Any
) -> Case:
    """One input, one output, of one quantisation or of two."""
    b, quant = ModelBuilder(), draw.quant()
    target = {**(quant if same else draw.quant()), **{k: options.pop(k) for k in ("scale", "zero_point") if k in options}}
    y = b.op(kind, [b.input(shape, **quant)], shape=shape if out is None else out, **target, **options)
    return case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _windows(draw: Draw, size: Pair) -> tuple[Pair, Pair, Pair, dict[str, Any]]:
    kernel = draw.pick(((1, 1), (3, 3), (draw.integer(1, 5), draw.integer(1, 5))))
    stride, dilation = (draw.integer(1, 3), draw.integer(1, 3)), draw.pick(((1, 1), (1, 1), (2, 1), (3, 2)))
    return kernel, stride, dilation, window(draw, size, kernel, stride, dilation)


def _conv(draw: Draw, kind: str) -> Case:
    _, *size, depth = _map(draw)
    kernel, stride, dilation, options = _windows(draw, (size[0], size[1]))
    outputs = draw.integer(1, 9)
    rows = window_shape((size[0], size[1]), kernel, stride, dilation, options["padding"])
    filters, scales = draw.values((outputs, *kernel, depth)), draw.pick((USUAL, USUAL, ANY))
    model = layer(draw, kind, (1, *size, depth), filters, (1, *rows, outputs), axis=0, scales=scales, **options)
    return Case(OPERATORS[kind], *model)


def _depthwise(draw: Draw, kind: str) -> Case:
    _, *size, depth = _map(draw)
    depth = draw.pick((depth, 4, 8))
    kernel, stride, dilation, options = _windows(draw, (size[0], size[1]))
    outputs = depth * draw.pick((1, 1, 2, 3))
    rows = window_shape((size[0], size[1]), kernel, stride, dilation, options["padding"])
    options["depth_multiplier"] = outputs // depth
    filters, scales = draw.values((1, *kernel, outputs)), draw.pick((USUAL, USUAL, ANY))
    model = layer(draw, kind, (1, *size, depth), filters, (1, *rows, outputs), axis=3, scales=scales, **options)
    return Case(OPERATORS[kind], *model)


def _dense(draw: Draw, kind: str) -> Case:
    batches, inputs, outputs = draw.integer(1, 3), draw.integer(1, 70), draw.integer(1, 9)
    filters = draw.values((outputs, inputs))
    return Case(OPERATORS[kind], *layer(draw, kind, (batches, inputs), filters, (batches, outputs), axis=0))


def _transpose_conv(draw: Draw, kind: str) -> Case:
    kernel, stride = draw.shape(2, 4), draw.shape(2, 3)
    height, width, depth, outputs = draw.shape(4, 5)
    padding = draw.pick(("SAME", "VALID"))
    size = tuple(
        n * s if padding == "SAME" else (n - 1) * s + max(k, s) for n, s, k in zip((height, width), stride, kernel, strict=True)
    )
    b, out = ModelBuilder(), (1, *size, outputs)
    inputs = [
        b.constant(np.array(out, np.int32)),
        b.constant(draw.values((outputs, *kernel, depth)), scale=0.01),
        b.input((1, height, width, depth), scale=0.1, zero_point=draw.zero_point()),
    ]
    y = b.op(kind, inputs, shape=out, scale=0.3, zero_point=draw.zero_point(), stride=stride, padding=padding)
    return Case(OPERATORS[kind], b.build([y]), [draw.values((1, height, width, depth))])


def _batch_matmul(draw: Draw, kind: str) -> Case:
    rows, depth, columns = draw.shape(3, 9)
    batch, adj_x, adj_y = draw.shape(draw.integer(0, 2), 3), draw.chance(2), draw.chance(2)
    first = (*batch, *((depth, rows) if adj_x else (rows, depth)))
    second = (*batch, *((columns, depth) if adj_y else (depth, columns)))
    b = ModelBuilder()
    inputs = [b.input(shape, scale=0.1, zero_point=draw.zero_point()) for shape in (first, second)]
    y = b.op(kind, inputs, shape=(*batch, rows, columns), scale=1.0, zero_point=draw.zero_point(), adj_x=adj_x, adj_y=adj_y)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(first), draw.values(second)])


def _pair(draw: Draw, kind: str) -> Case:
    b, shape, one = ModelBuilder(), _any(draw), draw.quant()
    second = shape if draw.chance(2) else tuple(n if draw.chance(2) else 1 for n in shape)[draw.integer(0, len(shape) - 1) :]
    other = {"scale": float(np.float32(one["scale"] * math.exp(draw.rng.uniform(-1, 1)))), "zero_point": draw.zero_point()}
    values = draw.values(second)
    if kind == "DIV":
        values[values == other["zero_point"]] = 99 if other["zero_point"] < 0 else -99  # the reference does not divide by 0
    constant = draw.chance(3)
    inputs = [b.input(shape, **one), b.constant(values, **other) if constant else b.input(second, **other)]
    product = one["scale"] * other["scale"] * 100
    sizes = {"MUL": product, "PRELU": product, "DIV": one["scale"] / other["scale"] / 2**7, "SQUARED_DIFFERENCE": product}
    scale = sizes.get(kind, one["scale"]) * math.exp(draw.rng.uniform(-0.6, 0.6 if kind == "DIV" else 2))
    options = {"activation": draw.pick(ACTIVATIONS)} if kind in ("ADD", "DIV", "MUL", "SUB") else {}
    if kind not in ("DIV", "PRELU") and draw.chance(3):
        inputs.reverse()
    y = b.op(kind, inputs, shape=shape, scale=float(np.float32(scale)), zero_point=draw.zero_point(), **options)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)] + ([] if constant else [values]))


def _pool(draw: Draw, kind: str) -> Case:
    shape = _map(draw)
    kernel, stride = (draw.integer(1, min(4, shape[1])), draw.integer(1, min(4, shape[2]))), (draw.integer(1, 3),) * 2
    padding = draw.pick(("SAME", "VALID"))
    out = (1, *window_shape((shape[1], shape[2]), kernel, stride, (1, 1), padding), shape[3])
    options = {"filter": kernel, "stride": stride, "padding": padding, "activation": draw.pick(ACTIVATIONS)}
    return _one(draw, kind, shape, out, **options)


def _reduced(draw: Draw, kind: str) -> Case:
    shape, keep = draw.shape(draw.integer(1, 4), 6), draw.chance(2)
    axes = sorted({draw.integer(0, len(shape) - 1) for _ in range(2)})
    out = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    return _one(draw, kind, shape, out, same=kind.startswith("REDUCE"), axes=axes, keep_dims=keep)


def _place(draw: Draw, kind: str) -> Case:
    shape = draw.shape(draw.integer(1, 4), 8)
    axis = draw.integer(0, len(shape) - 1)
    b = ModelBuilder()
    inputs = [b.input(shape, **draw.quant()), b.constant(np.array(axis, np.int32))]
    y = b.op(kind, inputs, shape=shape[:axis] + shape[axis + 1 :], dtype="int32")
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _curve(draw: Draw, kind: str) -> Case:
    targets = {"L2_NORMALIZATION": (1 / 128, 0), "LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0), "SOFTMAX": (1 / 256, -128)}
    target = targets.get(kind, (1 / 16, 127))
    b, shape = ModelBuilder(), (*draw.shape(draw.integer(0, 2), 4), draw.integer(1, 40))
    options = {"beta": draw.pick((1.0, 0.5, 2.0))} if kind == "SOFTMAX" else {}
    x = b.input(shape, scale=draw.scale(-7, 3), zero_point=draw.zero_point())
    y = b.op(kind, [x], shape=shape, scale=target[0], zero_point=target[1], **options)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _unary(draw: Draw, kind: str) -> Case:
    options: dict[str, Any] = {"alpha": float(draw.rng.uniform(-1, 2))} if kind == "LEAKY_RELU" else {}
    return _one(draw, kind, _any(draw), same=draw.chance(4), **options)


def _hard_swish(draw: Draw, kind: str) -> Case:
    b, shape, quant = ModelBuilder(), _any(draw), draw.quant()
    scale = float(np.float32(quant["scale"] * np.exp(draw.rng.uniform(-4.8, 2))))
    y = b.op(kind, [b.input(shape, **quant)], shape=shape, scale=scale, zero_point=draw.zero_point())
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _rsqrt(draw: Draw, kind: str) -> Case:
    b, shape, quant = ModelBuilder(), _any(draw), draw.quant()
    scale = float(np.float32(np.exp(draw.rng.uniform(-3, 2)) / np.sqrt(quant["scale"]) / 100))
    y = b.op(kind, [b.input(shape, **quant)], shape=shape, scale=scale, zero_point=draw.zero_point())
    return Case(OPERATORS[kind], b.build([y]), [np.maximum(draw.values(shape), quant["zero_point"]).astype(np.int8)])


def _pad(draw: Draw, kind: str) -> Case:
    shape = _any(draw)
    mode = draw.integer(0, 1)
    most = [n - 1 + mode if kind == "MIRROR_PAD" else 3 for n in shape]
    sides = [[draw.integer(0, n) if draw.chance(2) else 0 for _ in range(2)] for n in most]
    out = tuple(n + sum(pair) for n, pair in zip(shape, sides, strict=True))
    if kind == "PADV2":
        b, quant = ModelBuilder(), draw.quant()
        inputs = [b.input(shape, **quant), b.constant(np.array(sides, np.int32)), b.constant(draw.values((1,)), **quant)]
        return Case(OPERATORS[kind], b.build([b.op(kind, inputs, shape=out, **quant)]), [draw.values(shape)])
    return _one(draw, kind, shape, out, paddings=sides, **({"mode": mode} if kind == "MIRROR_PAD" else {}))


def _resize(draw: Draw, kind: str) -> Case:
    shape = _map(draw, batch=(1, 1, 2))
    factor = draw.pick((1, 2, 3, 0))
    height, width = (n * factor or draw.integer(1, 20) for n in shape[1:3])
    flag: dict[str, Any] = draw.pick(({}, {"align_corners": True}, {"half_pixel_centers": True}))
    return _one(draw, kind, shape, (shape[0], height, width, shape[3]), size=(height, width), **flag)


def _blocks(draw: Draw, kind: str) -> Case:
    batch, height, width, channels = _map(draw, 4, batch=(1, 1, 2))
    block = draw.integer(1, 3)
    wide, deep = (batch, height * block, width * block, channels), (batch, height, width, channels * block**2)
    return _one(draw, kind, *((wide, deep) if kind == "SPACE_TO_DEPTH" else (deep, wide)), block_size=block)


def _transpose(draw: Draw, kind: str) -> Case:
    shape = _any(draw)
    perm = tuple(int(axis) for axis in draw.rng.permutation(len(shape)))
    return _one(draw, kind, shape, tuple(shape[axis] for axis in perm), perm=perm)


def _slice(draw: Draw, kind: str) -> Case:
    shape = tuple(n + 1 for n in _any(draw))
    begin = tuple(draw.integer(0, n - 1) for n in shape)
    size = [draw.integer(1, n - first) for first, n in zip(begin, shape, strict=True)]
    size[0] = min(size[0], shape[0] - 1)  # all of it would be no slice
    return _one(draw, kind, shape, tuple(size), Passed, begin=begin, size=tuple(size))


def _gather(draw: Draw, kind: str) -> Case:
    shape, quant, b = _any(draw), draw.quant(), ModelBuilder()
    axis = draw.integer(0, len(shape) - 1)
    places = draw.rng.integers(0, shape[axis], draw.shape(draw.integer(0, 2), 5)).astype(np.int32)
    out = (*shape[:axis], *places.shape, *shape[axis + 1 :])
    y = b.op(kind, [b.input(shape, **quant), b.constant(places)], shape=out, axis=axis, **quant)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _broadcast(draw: Draw, kind: str) -> Case:
    out, quant, b = draw.shape(draw.integer(1, 4), 6), draw.quant(), ModelBuilder()
    shape = tuple(n if draw.chance(2) else 1 for n in out)[draw.integer(0, len(out) - 1) :]
    y = b.op(kind, [b.input(shape, **quant), b.constant(np.array(out, np.int32))], shape=out, **quant)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _concatenation(draw: Draw, kind: str) -> Case:
    shape, quant, b = _any(draw), draw.quant(), ModelBuilder()
    axis = draw.integer(0, len(shape) - 1)
    shapes = [(*shape[:axis], draw.integer(1, 4), *shape[axis + 1 :]) for _ in range(draw.integer(2, 4))]
    whole = (*shape[:axis], sum(s[axis] for s in shapes), *shape[axis + 1 :])
    y = b.op(kind, [b.input(s, **quant) for s in shapes], shape=whole, axis=axis, **quant)
    return Passed(OPERATORS[kind], b.build([y]), [draw.values(s) for s in shapes])


INT8: Mapping[str, Author] = {
    "ABS": _unary,
    "ADD": _pair,
    "ARG_MAX": _place,
    "ARG_MIN": _place,
    "AVERAGE_POOL_2D": _pool,
    "BATCH_MATMUL": _batch_matmul,
    "BROADCAST_TO": _broadcast,
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEPTH_TO_SPACE": _blocks,
    "DIV": _pair,
    "ELU": _unary,
    "FULLY_CONNECTED": _dense,
    "GATHER": _gather,
    "HARD_SWISH": _hard_swish,
    "L2_NORMALIZATION": _curve,
    "LEAKY_RELU": _unary,
    "LOGISTIC": _curve,
    "LOG_SOFTMAX": _curve,
    "MAXIMUM": _pair,
    "MAX_POOL_2D": _pool,
    "MEAN": _reduced,
    "MINIMUM": _pair,
    "MIRROR_PAD": _pad,
    "MUL": _pair,
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _pair,
    "QUANTIZE": _unary,
    "REDUCE_MAX": _reduced,
    "REDUCE_MIN": _reduced,
    "RELU": _unary,
    "RELU6": _unary,
    "RESIZE_BILINEAR": _resize,
    "RESIZE_NEAREST_NEIGHBOR": _resize,
    "RSQRT": _rsqrt,
    "SLICE": _slice,
    "SOFTMAX": _curve,
    "SPACE_TO_DEPTH": _blocks,
    "SQUARED_DIFFERENCE": _pair,
    "SUB": _pair,
    "SUM": _reduced,
    "TANH": _curve,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": _transpose_conv,
}

INT16: Mapping[str, Author] = {
    "CONV_2D": lambda draw, kind: int16.conv(draw),
    "DEPTHWISE_CONV_2D": lambda draw, kind: int16.depthwise(draw),
    "FULLY_CONNECTED": lambda draw, kind: int16.dense(draw),
    "QUANTIZE": lambda draw, kind: int16.requantise(draw, *draw.pick(int16.TYPES)),
    "SOFTMAX": lambda draw, kind: int16.softmax(draw),
    "TRANSPOSE_CONV": lambda draw, kind: int16.transpose_conv(draw),
    **dict.fromkeys(int16.CURVES, int16.curve),
    **dict.fromkeys(int16.LINES, int16.line),
    **dict.fromkeys(int16.MEANS, int16.mean),
    **dict.fromkeys(int16.PAIRS, int16.pair),
    **dict.fromkeys(int16.POOLS, int16.pool),
}

REALS: Mapping[str, Author] = {**dict.fromkeys(reals.UNARY, reals.unary), **dict.fromkeys(reals.PAIRS, reals.pair)}


def cases(seed: int, count: int) -> list[Case]:
    """`count` cases, every operator in turn: int8 ones, then 16x8, then float32."""
    draw = Draw(seed)
    authors = [*INT8.items(), *INT16.items(), *REALS.items()]
    return [author(draw, kind) for kind, author in (authors[(seed * count + n) % len(authors)] for n in range(count))]
