"""AVERAGE_POOL_2D and MAX_POOL_2D."""

from __future__ import annotations

import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.pool import AVERAGE_POOL_2D, MAX_POOL_2D

POOLS = {"AVERAGE_POOL_2D": AVERAGE_POOL_2D, "MAX_POOL_2D": MAX_POOL_2D}


def _pool(
    draw: Draw, kind: str, size: tuple[int, int], channels: int, window: tuple[int, int], stride: tuple[int, int]
) -> Case:
    padding = draw.pick(("SAME", "VALID"))
    shape = (1, *size, channels)
    if padding == "SAME":
        out = tuple(-(-n // s) for n, s in zip(size, stride, strict=True))
    else:
        out = tuple((n - k) // s + 1 for n, k, s in zip(size, window, stride, strict=True))
    b = ModelBuilder()
    quant = draw.quant()
    x = b.input(shape, **quant)
    options = {"filter": window, "stride": stride, "padding": padding, "activation": draw.pick(ACTIVATIONS)}
    y = b.op(kind, [x], shape=(1, *out, channels), **quant, **options)
    return Case(POOLS[kind], b.build([y]), [draw.values(shape)])


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("seed", range(2))
def test_random_windows(kind: str, seed: int) -> None:
    draw = Draw(seed)
    sizes = [(draw.integer(1, 9), draw.integer(1, 9)) for _ in range(50)]
    assert_exact(
        _pool(
            draw,
            kind,
            (h, w),
            draw.integer(1, 13),
            (draw.integer(1, min(h, 5)), draw.integer(1, min(w, 5))),
            (draw.integer(1, 3), draw.integer(1, 3)),
        )
        for h, w in sizes
    )


@pytest.mark.parametrize("kind", POOLS)
def test_windows_of_more_values_than_a_lane_or_a_reciprocal_holds(kind: str) -> None:
    draw = Draw(2)
    sizes = [(15, 17), (16, 16), (1, 257), (257, 1), (20, 31), (3, 600)]
    assert_exact(_pool(draw, kind, size, channels, size, (1, 1)) for size in sizes for channels in (3, 5))


def _checked(shape: tuple[int, ...], out: tuple[int, ...], **quant: float) -> None:
    b = ModelBuilder()
    x = b.input(shape, scale=0.1)
    model = b.build([b.op("MAX_POOL_2D", [x], shape=out, filter=(2, 2), stride=(2, 2), **{"scale": 0.1, **quant})])
    graph = parse(model, name="m", source="m.tflite")
    MAX_POOL_2D.check(Node(graph, graph.ops[0]))


def test_batches_and_other_scales_are_refused() -> None:
    with pytest.raises(InputError, match="batch"):
        _checked((2, 4, 4, 3), (2, 2, 2, 3))
    with pytest.raises(InputError, match="same scale and zero point"):
        _checked((1, 4, 4, 3), (1, 2, 2, 3), scale=0.2)
    with pytest.raises(InputError, match="same scale and zero point"):
        _checked((1, 4, 4, 3), (1, 2, 2, 3), zero_point=3)
