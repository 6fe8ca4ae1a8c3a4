"""Operators that move bytes, and RESIZE_BILINEAR, which nearly does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact, run
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def _case(draw: Draw, kind: str, shape: tuple[int, ...], out: tuple[int, ...], **options: object) -> Case:
    b, quant = ModelBuilder(), draw.quant()
    y = b.op(kind, [b.input(shape, **quant)], shape=out, **quant, **options)  # type: ignore[arg-type]
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


def _map(draw: Draw, most: int = 9) -> tuple[int, ...]:
    return (draw.pick((1, 1, 2)), *draw.shape(2, most), draw.integer(1, 5))


@pytest.mark.parametrize("kind", ["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"])
@pytest.mark.parametrize("flag", ["align_corners", "half_pixel_centers", ""])
def test_resize(kind: str, flag: str) -> None:
    """Up and down, by whole factors and others."""
    draw = Draw(len(kind) + len(flag))
    cases = []
    for _ in range(40):
        shape = _map(draw)
        factor = draw.pick((1, 2, 3, 0))
        height, width = (n * factor or draw.integer(1, 20) for n in shape[1:3])
        options = {"size": (height, width), **({flag: True} if flag else {})}
        cases.append(_case(draw, kind, shape, (shape[0], height, width, shape[3]), **options))
    assert_exact(cases)


def test_resize_of_one_row_to_a_large_map() -> None:
    draw = Draw(1)
    for kind in ("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"):
        sizes = [((1, 1, 5, 2), (64, 32)), ((1, 50, 1, 1), (7, 128)), ((1, 31, 17, 1), (1, 1))]
        assert_exact(_case(draw, kind, s, (1, *size, s[3]), size=size) for s, size in sizes)


def test_bilinear_rows_beyond_the_map_count_as_the_last() -> None:
    """97 · round(1024 / 97) is more than 1024: the reference then reads another tensor's bytes."""
    case = _case(Draw(1), "RESIZE_BILINEAR", (1, 1, 1, 2), (1, 97, 1, 2), size=(97, 1))
    np.testing.assert_array_equal(run([case], 0)[0], np.broadcast_to(case.inputs[0], (1, 97, 1, 2)))


@pytest.mark.parametrize("mode", [0, 1])
def test_mirror_pad(mode: int) -> None:
    draw = Draw(mode)
    cases = []
    for _ in range(30):
        shape = draw.shape(draw.integer(1, 4), 6)
        sides = [[draw.integer(0, n - 1 + mode) if draw.chance(2) else 0 for _ in range(2)] for n in shape]
        out = tuple(n + sum(pair) for n, pair in zip(shape, sides, strict=True))
        cases.append(_case(draw, "MIRROR_PAD", shape, out, paddings=sides, mode=mode))
    assert_exact(cases)


@pytest.mark.parametrize("block", [1, 2, 3])
def test_blocks_of_pixels(block: int) -> None:
    draw = Draw(block)
    cases = []
    for _ in range(12):
        batch, height, width, channels = _map(draw, 4)
        wide, deep = (batch, height * block, width * block, channels), (batch, height, width, channels * block**2)
        cases.append(_case(draw, "SPACE_TO_DEPTH", wide, deep, block_size=block))
        cases.append(_case(draw, "DEPTH_TO_SPACE", deep, wide, block_size=block))
    assert_exact(cases)


def test_padding_with_a_value() -> None:
    draw = Draw(2)
    cases = []
    for _ in range(40):
        shape = (1, *draw.shape(3, 5)) if draw.chance(2) else draw.shape(draw.integer(1, 4), 5)
        sides = [[draw.integer(0, 2), draw.integer(0, 2)] for _ in shape]
        if len(shape) == 4 and draw.chance(2):
            sides[0] = [0, 0]
        out = tuple(n + sum(pair) for n, pair in zip(shape, sides, strict=True))
        b, quant = ModelBuilder(), draw.quant()
        inputs = [b.input(shape, **quant), b.constant(np.array(sides, np.int32)), b.constant(draw.values((1,)), **quant)]
        cases.append(Case(OPERATORS["PADV2"], b.build([b.op("PADV2", inputs, shape=out, **quant)]), [draw.values(shape)]))
    assert {case.chosen.rows for case in cases} == {True, False}
    assert_exact(cases)


def test_tile_repeats_what_is_there() -> None:
    """tflite_micro has no such kernel; numpy says what it means."""
    draw = Draw(3)
    cases = []
    for _ in range(12):
        shape = draw.shape(draw.integer(1, 4), 4)
        multiples = draw.shape(len(shape), 3)
        out = tuple(n * times for n, times in zip(shape, multiples, strict=True))
        cases.append(_case(draw, "TILE", shape, out, multiples=multiples))
    for case, found in zip(cases, run(cases, 0), strict=True):
        np.testing.assert_array_equal(found, np.tile(case.inputs[0], case.node.attrs["multiples"]))


def _checked(case: Case) -> None:
    graph = parse(case.model, name="m", source="m.tflite")
    OPERATORS[graph.ops[0].kind].check(Node(graph, graph.ops[0]))


def test_what_cannot_be_moved_is_refused_in_a_sentence() -> None:
    draw = Draw(4)
    with pytest.raises(InputError, match="wider than the tensor"):
        _checked(_case(draw, "MIRROR_PAD", (3,), (6,), paddings=[[3, 0]], mode=0))
    with pytest.raises(InputError, match="blocks of 2 do not suit"):
        _checked(_case(draw, "SPACE_TO_DEPTH", (1, 3, 4, 1), (1, 1, 2, 4), block_size=2))
    with pytest.raises(InputError, match="is not a height and a width"):
        _checked(_case(draw, "RESIZE_BILINEAR", (1, 3, 4, 1), (1, 1, 2, 1), size=(0, 2)))
    with pytest.raises(InputError, match="corners cannot be aligned"):
        options = {"align_corners": True, "half_pixel_centers": True}
        _checked(_case(draw, "RESIZE_BILINEAR", (1, 3, 4, 1), (1, 6, 8, 1), size=(6, 8), **options))
