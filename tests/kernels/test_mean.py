"""MEAN over any axes."""

from __future__ import annotations

import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.mean import MEAN


def _mean(draw: Draw, shape: tuple[int, ...], axes: list[int], *, keep_dims: bool) -> Case:
    reduced = {axis % len(shape) for axis in axes}
    out = tuple(1 if i in reduced else n for i, n in enumerate(shape) if keep_dims or i not in reduced)
    b = ModelBuilder()
    x = b.input(shape, **draw.quant())
    y = b.op("MEAN", [x], shape=out, axes=axes, keep_dims=keep_dims, **draw.quant())
    return Case(MEAN, b.build([y]), [draw.values(shape)])


@pytest.mark.parametrize("seed", range(3))
def test_any_axes(seed: int) -> None:
    draw = Draw(seed)
    cases = []
    for _ in range(50):
        rank = draw.integer(1, 5)
        axes = [axis for axis in range(rank) if draw.chance(2)]
        if draw.chance(3):
            axes = [axis - rank for axis in axes] + axes[:1]
        cases.append(_mean(draw, draw.shape(rank, 6), axes or [rank - 1], keep_dims=draw.chance(2)))
    assert_exact(cases)


@pytest.mark.parametrize("keep_dims", [False, True])
def test_rows_and_columns_of_a_map(keep_dims: bool) -> None:
    draw = Draw(10)
    sizes = [(1, 1), (7, 7), (16, 16), (16, 17), (1, 513), (30, 40), (5, 1)]
    cases = [_mean(draw, (1, *s, c), [1, 2], keep_dims=keep_dims) for s in sizes for c in (1, 4, 7)]
    cases += [_mean(draw, (1, *s, 6), [axis], keep_dims=keep_dims) for s in sizes for axis in (1, 2, 3)]
    assert_exact(cases)
