"""LOG_SOFTMAX over the last axis."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def _log_softmax(values: np.ndarray, scale: float, zero_point: int = 0, out_scale: float = 1 / 16) -> Case:
    b = ModelBuilder()
    x = b.input(values.shape, scale=scale, zero_point=zero_point)
    y = b.op("LOG_SOFTMAX", [x], shape=values.shape, scale=out_scale, zero_point=127)
    return Case(OPERATORS["LOG_SOFTMAX"], b.build([y]), [values])


@pytest.mark.parametrize("seed", range(2))
def test_random(seed: int) -> None:
    draw = Draw(seed)
    cases = []
    for _ in range(50):
        shape = (*draw.shape(draw.integer(0, 3), 5), draw.integer(1, 40))
        close = (draw.rng.integers(-6, 7, shape) + draw.integer(-120, 120)).astype(np.int8)
        cases.append(_log_softmax(close if draw.chance(2) else draw.values(shape), draw.scale(-7, 3), draw.zero_point()))
    assert_exact(cases)


def test_sums_of_every_size() -> None:
    """Equal values, from one to many: the logarithm of each number of them."""
    cases = [_log_softmax(np.full((1, n), 3, np.int8), 0.1) for n in (*range(1, 40), 100, 511, 512, 1000)]
    assert_exact(cases)


def test_what_cannot_be_computed_is_refused_in_a_sentence() -> None:
    values = np.zeros((1, 4), np.int8)
    for case, match in (
        (_log_softmax(values, 0.1, out_scale=0.1), "scale 1/16 and zero point 127"),
        (_log_softmax(values, 1e-9), "scale is too small"),
        (_log_softmax(np.zeros((1, 5000), np.int8), 0.1), "at most 4095 values"),
    ):
        graph = parse(case.model, name="m", source="m.tflite")
        with pytest.raises(InputError, match=match):
            OPERATORS["LOG_SOFTMAX"].check(Node(graph, graph.ops[0]))
