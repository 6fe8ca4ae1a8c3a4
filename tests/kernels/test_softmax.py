"""SOFTMAX over the last axis."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact, run
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.softmax import SOFTMAX


def _softmax(shape: tuple[int, ...], values: np.ndarray, scale: float, zero_point: int = 0, beta: float = 1.0) -> Case:
    b = ModelBuilder()
    x = b.input(shape, scale=scale, zero_point=zero_point)
    y = b.op("SOFTMAX", [x], shape=shape, scale=1 / 256, zero_point=-128, beta=beta)
    return Case(SOFTMAX, b.build([y]), [values])


def test_shares_of_65536() -> None:
    draw = Draw(7)
    cases = []
    for _ in range(50):
        shape = (*draw.shape(draw.integer(0, 3), 5), draw.integer(1, 40))
        b = ModelBuilder()
        x = b.input(shape, scale=draw.scale(-7, 3), zero_point=draw.zero_point())
        y = b.op("SOFTMAX", [x], shape=shape, dtype="int16", scale=1 / 65536, zero_point=-32768)
        values = _close_values(draw, shape) if draw.chance(2) else draw.values(shape)
        cases.append(Case(SOFTMAX, b.build([y]), [values]))
    assert assert_exact(cases) == {"tk_softmax_row_s8_s16"}


def _close_values(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    return (draw.rng.integers(-6, 7, shape) + draw.integer(-120, 120)).astype(np.int8)


@pytest.mark.parametrize("seed", range(3))
def test_random(seed: int) -> None:
    draw = Draw(seed)
    cases = []
    for _ in range(50):
        shape = (*draw.shape(draw.integer(0, 3), 5), draw.integer(1, 40))
        values = _close_values(draw, shape) if draw.chance(2) else draw.values(shape)
        beta = float(np.float32(draw.pick((1, 1, 0.5, 2, 0.1, 7))))
        cases.append(_softmax(shape, values, draw.scale(-7, 3), draw.zero_point(), beta))
    assert_exact(cases)


def test_every_difference_from_the_largest() -> None:
    pairs = np.array([[127, 127 - d] for d in range(256)], np.int16).astype(np.int8)
    assert_exact(_softmax((256, 2), pairs, scale) for scale in (0.001, 0.02, 0.0625, 0.1, 0.3, 1.0, 40.0))


def test_many_equal_values() -> None:
    assert_exact(_softmax((1, n), np.full((1, n), 5, np.int8), 0.1) for n in (2, 3, 100, 255, 256, 257, 511))


def test_more_equal_values_than_the_reference_can_share_out() -> None:
    """From 512 equal values on the reference aborts; each share is less than half of 1/256."""
    case = _softmax((1, 4095), np.full((1, 4095), 5, np.int8), 0.1)
    for dsp in (0, 1):
        assert (run([case], dsp)[0] == -128).all()


def _checked(shape: tuple[int, ...], input_scale: float, **output: float) -> None:
    b = ModelBuilder()
    x = b.input(shape, scale=input_scale)
    model = b.build([b.op("SOFTMAX", [x], shape=shape, **{"scale": 1 / 256, "zero_point": -128, **output})])
    graph = parse(model, name="m", source="m.tflite")
    SOFTMAX.check(Node(graph, graph.ops[0]))


def test_what_the_reference_refuses_is_refused() -> None:
    with pytest.raises(InputError, match="scale 1/256"):
        _checked((1, 4), 0.1, scale=0.01)
    with pytest.raises(InputError, match="zero point -128"):
        _checked((1, 4), 0.1, zero_point=0)
    with pytest.raises(InputError, match="too small"):
        _checked((1, 4), 1e-9)
    with pytest.raises(InputError, match="4095"):
        _checked((1, 4096), 0.1)
