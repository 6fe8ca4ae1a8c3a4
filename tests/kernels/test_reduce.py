"""Reductions fed with their map in pieces: global means and averages, and dense layers."""

from __future__ import annotations

import math

import numpy as np

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.fully_connected import FULLY_CONNECTED
from tinykit.ops.mean import MEAN
from tinykit.ops.pool import AVERAGE_POOL_2D

SHAPES = [(1, 1, 1, 3), (1, 4, 4, 1), (1, 3, 5, 8), (1, 7, 7, 6), (1, 25, 5, 16), (1, 1, 300, 2), (1, 17, 16, 4)]


def _mean(draw: Draw, shape: tuple[int, ...]) -> Case:
    b = ModelBuilder()
    x = b.input(shape, **draw.quant())
    y = b.op("MEAN", [x], shape=(1, shape[3]), axes=[1, 2], **draw.quant())
    return Case(MEAN, b.build([y]), [draw.values(shape)], "tk_mean_reduce_s8")


def _mean_of_a_sequence(draw: Draw, shape: tuple[int, ...]) -> Case:
    b = ModelBuilder()
    x = b.input((1, shape[1] * shape[2], shape[3]), **draw.quant())
    y = b.op("MEAN", [x], shape=(1, shape[3]), axes=[1], **draw.quant())
    return Case(MEAN, b.build([y]), [draw.values((1, shape[1] * shape[2], shape[3]))], "tk_mean_reduce_s8")


def _average(draw: Draw, shape: tuple[int, ...]) -> Case:
    b = ModelBuilder()
    quant = draw.quant()
    x = b.input(shape, **quant)
    activation = ["NONE", "RELU", "RELU6"][draw.integer(0, 2)]
    options = {"filter": shape[1:3], "stride": shape[1:3], "padding": "VALID", "activation": activation}
    y = b.op("AVERAGE_POOL_2D", [x], shape=(1, 1, 1, shape[3]), **quant, **options)
    return Case(AVERAGE_POOL_2D, b.build([y]), [draw.values(shape)], "tk_average_reduce_s8")


def _dense(draw: Draw, shape: tuple[int, ...], outputs: int) -> Case:
    b = ModelBuilder()
    quant = draw.quant()
    size = math.prod(shape)
    x = b.input((1, size), **quant)
    weights = draw.values((outputs, size)).clip(-127)
    w = b.constant(weights, scale=0.01)
    bias = np.array([draw.integer(-5000, 5000) for _ in range(outputs)], np.int32)
    v = b.constant(bias, scale=0.01 * quant["scale"])
    scale = quant["scale"] * math.sqrt(size)
    y = b.op("FULLY_CONNECTED", [x, w, v], shape=(1, outputs), scale=scale, zero_point=draw.integer(-128, 127))
    return Case(FULLY_CONNECTED, b.build([y]), [draw.values((1, size))], "tk_dense_reduce_s8")


def test_every_byte_whatever_the_pieces() -> None:
    draw = Draw(1)
    cases = [make(draw, shape) for shape in SHAPES for make in (_mean, _mean_of_a_sequence, _average) for _ in range(3)]
    cases += [_dense(draw, shape, outputs) for shape in SHAPES for outputs in (1, 2, 5)]
    assert assert_exact(cases) == {"tk_mean_reduce_s8", "tk_average_reduce_s8", "tk_dense_reduce_s8"}
