"""TRANSPOSE by any permutation."""

from __future__ import annotations

import itertools

import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.transpose import TRANSPOSE


def _transpose(draw: Draw, shape: tuple[int, ...], perm: tuple[int, ...]) -> Case:
    b = ModelBuilder()
    quant = draw.quant()
    x = b.input(shape, **quant)
    y = b.op("TRANSPOSE", [x], shape=tuple(shape[axis] for axis in perm), perm=perm, **quant)
    return Case(TRANSPOSE, b.build([y]), [draw.values(shape)])


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_every_permutation(rank: int) -> None:
    draw = Draw(rank)
    assert_exact(_transpose(draw, draw.shape(rank, 7), perm) for perm in itertools.permutations(range(rank)))


def test_five_axes() -> None:
    draw = Draw(5)
    perms = [tuple(draw.rng.permutation(5).tolist()) for _ in range(30)]
    assert_exact(_transpose(draw, draw.shape(5, 4), perm) for perm in perms)
