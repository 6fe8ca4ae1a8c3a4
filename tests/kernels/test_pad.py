"""PAD: maps as rows, and any other tensor whole."""

from __future__ import annotations

import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.pad import PAD


def _pad(draw: Draw, shape: tuple[int, ...], paddings: list[tuple[int, int]]) -> Case:
    b = ModelBuilder()
    quant = draw.quant()
    x = b.input(shape, **quant)
    out = tuple(n + before + after for n, (before, after) in zip(shape, paddings, strict=True))
    y = b.op("PAD", [x], shape=out, paddings=paddings, **quant)
    return Case(PAD, b.build([y]), [draw.values(shape)])


def _paddings(draw: Draw, rank: int) -> list[tuple[int, int]]:
    return [(draw.integer(0, 3), draw.integer(0, 3)) if draw.chance(2) else (0, 0) for _ in range(rank)]


@pytest.mark.parametrize("seed", range(2))
def test_maps_are_padded_by_rows(seed: int) -> None:
    draw = Draw(seed)
    cases = [_pad(draw, (1, *draw.shape(3, 6)), [(0, 0), *_paddings(draw, 3)]) for _ in range(40)]
    assert assert_exact(cases) == {"tk_pad_row_s8"}


def test_other_tensors() -> None:
    draw = Draw(10)
    shapes = [draw.shape(draw.integer(1, 5), 5) for _ in range(50)]
    assert "tk_pad_tensor_s8" in assert_exact(_pad(draw, shape, _paddings(draw, len(shape))) for shape in shapes)
