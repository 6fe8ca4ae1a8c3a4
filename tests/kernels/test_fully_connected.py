"""FULLY_CONNECTED: batches, maps flattened, weights per tensor (scales multiplied in float) and per output."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tests.kernels.filters import ANY, layer
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.fully_connected import FULLY_CONNECTED


def _dense(draw: Draw, shape: tuple[int, ...], inputs: int, outputs: int, **how: Any) -> Case:
    filters = draw.values((outputs, inputs))
    out = (math.prod(shape) // inputs, outputs)
    return Case(FULLY_CONNECTED, *layer(draw, "FULLY_CONNECTED", shape, filters, out, axis=0, **how))


@pytest.mark.parametrize("per_channel", [False, True])
def test_random_sizes_and_batches(per_channel: bool) -> None:
    draw = Draw(per_channel)
    cases = []
    for _ in range(80):
        inputs, outputs = draw.integer(1, 40), draw.integer(1, 12)
        cases.append(_dense(draw, (draw.integer(1, 4), inputs), inputs, outputs, per_channel=per_channel))
    assert_exact(cases)


def test_a_map_is_flattened() -> None:
    draw = Draw(2)
    shapes = [(1, *draw.shape(3, 5)) for _ in range(20)]
    assert_exact(_dense(draw, shape, math.prod(shape), draw.integer(1, 5)) for shape in shapes)


def test_scales_from_left_shifts_to_dead_outputs() -> None:
    draw = Draw(3)
    assert_exact(_dense(draw, (1, 13), 13, 6, scales=ANY) for _ in range(60))


def test_long_sums() -> None:
    draw = Draw(4)
    assert_exact(_dense(draw, (1, n), n, 3, scales=(-14.0, -8.0)) for n in (257, 1000, 4099))


@pytest.mark.parametrize("bias", [1 << 29, (1 << 31) - 2_000_000])
def test_biases_up_to_the_ends_of_32_bits(bias: int) -> None:
    draw = Draw(bias % 97)
    assert_exact(_dense(draw, (2, 30), 30, 5, scales=(-22.0, -6.0), bias=bias) for _ in range(20))


def test_dimensions_kept() -> None:
    draw = Draw(5)
    filters = draw.values((4, 6))
    model = layer(draw, "FULLY_CONNECTED", (2, 3, 6), filters, (2, 3, 4), axis=0, keep_num_dims=True)
    assert_exact([Case(FULLY_CONNECTED, *model)])


def test_what_is_not_supported_is_refused() -> None:
    def checked(shape: tuple[int, ...], filters: tuple[int, ...], out: tuple[int, ...], **weights: Any) -> None:
        b = ModelBuilder()
        x = b.input(shape, scale=0.1)
        w = b.constant(np.ones(filters, np.int8), **{"scale": 0.1, **weights})
        graph = parse(b.build([b.op("FULLY_CONNECTED", [x, w], shape=out, scale=0.1)]), name="m", source="m.tflite")
        FULLY_CONNECTED.check(Node(graph, graph.ops[0]))

    with pytest.raises(InputError, match="do not suit an input of 7 elements"):
        checked((1, 7), (2, 4), (1, 2))
    with pytest.raises(InputError, match="zero point"):
        checked((1, 4), (2, 4), (1, 2), zero_point=1)
    with pytest.raises(InputError):
        checked((1, 4), (2, 4), (1, 2), scale=float("nan"))
