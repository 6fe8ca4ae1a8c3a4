"""L2_NORMALIZATION over the last axis."""

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


def normalised(values: np.ndarray, zero_point: int, **options: str) -> Case:
    b = ModelBuilder()
    x = b.input(values.shape, scale=0.1, zero_point=zero_point)
    y = b.op("L2_NORMALIZATION", [x], shape=values.shape, scale=1 / 128, **options)
    return Case(OPERATORS["L2_NORMALIZATION"], b.build([y]), [values])


def test_random() -> None:
    draw, cases = Draw(6), []
    for _ in range(80):
        shape = (*draw.shape(draw.integer(0, 3), 4), draw.integer(1, 60))
        zero_point = draw.zero_point()
        small = np.clip(draw.rng.integers(-2, 3, shape) + zero_point, -128, 127).astype(np.int8)
        cases.append(normalised(small if draw.chance(2) else draw.values(shape), zero_point))
    assert_exact(cases)


def test_sums_of_every_size() -> None:
    """From none, which counts as one, to the largest that are summed."""
    sizes = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 100, 127)
    cases = [normalised(np.full((1, n), value, np.int8), 0) for value in sizes for n in (1, 2, 3, 9, 64, 1000)]
    cases += [normalised(np.full((1, n), 127, np.int8), -128) for n in (8000, 8256, 8257, 33025)]
    assert_exact(cases)


def test_refusals() -> None:
    case = normalised(np.zeros((1, 4), np.int8), 0, activation="RELU")
    graph = parse(case.model, name="m", source="m.tflite")
    with pytest.raises(InputError, match="fused activation"):
        OPERATORS["L2_NORMALIZATION"].check(Node(graph, graph.ops[0]))
