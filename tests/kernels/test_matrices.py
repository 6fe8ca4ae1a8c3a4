"""TRANSPOSE_CONV and BATCH_MATMUL."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def _transpose_conv(draw: Draw) -> Case:
    kernel, stride = draw.shape(2, 5), draw.shape(2, 4)
    height, width, depth, outputs = draw.shape(4, 6)
    padding = draw.pick(("SAME", "VALID"))
    size = tuple(
        n * s if padding == "SAME" else (n - 1) * s + max(k, s) for n, s, k in zip((height, width), stride, kernel, strict=True)
    )
    b, quant = ModelBuilder(), draw.quant()
    scales = np.exp(draw.rng.normal(-4, 1, outputs if draw.chance(2) else 1))
    weights = draw.values((outputs, *kernel, depth))
    weights[weights == -128] = -127
    shape = (1, *size, outputs)
    wanted, filters = b.constant(np.array(shape, np.int32)), b.constant(weights, scale=scales)
    inputs = [wanted, filters, b.input((1, height, width, depth), **quant)]
    spread = 70 * 70 * math.sqrt(weights.size / outputs)
    if draw.chance(2):
        bias_scale = np.float32(quant["scale"]) * scales.astype(np.float32)
        inputs.append(b.constant(draw.rng.uniform(-spread, spread, outputs).astype(np.int32), scale=bias_scale))
    scale = quant["scale"] * float(np.median(scales)) * spread / 60 * draw.pick((1, 1, 0.1, 10))
    y = b.op(
        "TRANSPOSE_CONV",
        inputs,
        shape=shape,
        stride=stride,
        padding=padding,
        scale=scale,
        zero_point=draw.zero_point(),
        activation=draw.pick(ACTIVATIONS),
    )
    return Case(OPERATORS["TRANSPOSE_CONV"], b.build([y]), [draw.values((1, height, width, depth))])


@pytest.mark.parametrize("seed", range(3))
def test_transpose_conv(seed: int) -> None:
    draw = Draw(seed)
    assert_exact(_transpose_conv(draw) for _ in range(30))


def _batch_matmul(draw: Draw) -> Case:
    rows, depth, columns = draw.shape(3, 9)
    batch = (1, draw.integer(1, 4)) if draw.chance(2) else draw.shape(draw.integer(0, 2), 4)
    first, second = (tuple(n if draw.chance(2) else 1 for n in batch) for _ in range(2))
    adj_x, adj_y = draw.chance(2), draw.chance(2)
    first += (depth, rows) if adj_x else (rows, depth)
    second += (columns, depth) if adj_y else (depth, columns)
    b, one, other = ModelBuilder(), draw.quant(), draw.quant()
    x, values = b.input(first, **one), [draw.values(first)]
    if draw.chance(3):
        y = b.constant(draw.values(second), **other)
    else:
        y = b.input(second, **other)
        values.append(draw.values(second))
    scale = one["scale"] * other["scale"] * 70 * math.sqrt(depth) * draw.pick((1, 1, 0.1, 10))
    shape = (*np.broadcast_shapes(first[:-2], second[:-2]), rows, columns)
    z = b.op("BATCH_MATMUL", [x, y], shape=shape, scale=scale, zero_point=draw.zero_point(), adj_x=adj_x, adj_y=adj_y)
    return Case(OPERATORS["BATCH_MATMUL"], b.build([z]), values)


@pytest.mark.parametrize("seed", range(3))
def test_batch_matmul(seed: int) -> None:
    draw = Draw(10 + seed)
    ran = assert_exact(_batch_matmul(draw) for _ in range(40))
    assert ran == {"tk_batch_matmul_row_s8", "tk_batch_matmul_s8"}


def test_matrices_that_do_not_multiply_are_refused_in_a_sentence() -> None:
    for shapes, match in ((((2, 3), (4, 2)), "do not multiply"), (((2, 2, 3), (3, 3, 2)), "do not go together")):
        b = ModelBuilder()
        z = b.op("BATCH_MATMUL", [b.input(s, scale=0.1) for s in shapes], shape=(2, 2), scale=0.1)
        graph = parse(b.build([z]), name="m", source="m.tflite")
        with pytest.raises(InputError, match=match):
            OPERATORS["BATCH_MATMUL"].check(Node(graph, graph.ops[0]))
