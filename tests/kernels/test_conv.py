"""CONV_2D: any window, pointwise, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tests.kernels.filters import ANY, Pair, layer, window, window_shape
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.conv import CONV_2D


def _conv(
    draw: Draw,
    size: Pair,
    channels: Pair,
    kernel: Pair,
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    **how: Any,
) -> Case:
    options = window(draw, size, kernel, stride, dilation)
    filters = draw.values((channels[1], *kernel, channels[0]))
    out = (1, *window_shape(size, kernel, stride, dilation, options["padding"]), channels[1])
    return Case(CONV_2D, *layer(draw, "CONV_2D", (1, *size, channels[0]), filters, out, axis=0, **options, **how))


def _size(draw: Draw) -> Pair:
    return (draw.integer(1, 9), draw.integer(1, 9))


@pytest.mark.parametrize("seed", range(3))
def test_random_windows(seed: int) -> None:
    draw = Draw(seed)
    kernels = assert_exact(
        _conv(
            draw,
            _size(draw),
            (draw.integer(1, 9), draw.integer(1, 9)),
            (draw.integer(1, 5), draw.integer(1, 5)),
            (draw.integer(1, 3), draw.integer(1, 3)),
            draw.pick(((1, 1), (1, 1), (2, 1), (1, 2), (3, 2))),
        )
        for _ in range(50)
    )
    assert {"tk_conv_row_s8", "tk_conv_wide_row_s8"} <= kernels


def test_windows_that_are_copied() -> None:
    draw = Draw(9)
    cases = [
        _conv(draw, _size(draw), (draw.integer(1, 9), draw.integer(1, 9)), draw.pick(((3, 3), (2, 4), (1, 3)))) for _ in range(40)
    ]
    assert_exact(replace(case, kernel="tk_conv_gathered_row_s8") for case in cases)


def test_pointwise_of_every_remainder_of_channels_and_pixels() -> None:
    draw = Draw(4)
    cases = [
        _conv(draw, (draw.integer(1, 3), pixels), (inputs, outputs), (1, 1))
        for pixels, inputs, outputs in zip(range(1, 41), [*range(1, 10)] * 5, [*range(1, 8)] * 6, strict=False)
    ]
    assert assert_exact(cases) == {"tk_pointwise_row_s8", "tk_pointwise_wide_row_s8"}


def test_scales_from_left_shifts_to_dead_channels() -> None:
    draw = Draw(5)
    assert_exact(_conv(draw, (4, 4), (draw.integer(1, 6), 8), draw.pick(((1, 1), (3, 3))), scales=ANY) for _ in range(40))


@pytest.mark.parametrize("bias", [1 << 20, 1 << 29, (1 << 30) + 1000, (1 << 31) - 200_000])
def test_biases_up_to_the_ends_of_32_bits(bias: int) -> None:
    draw = Draw(bias % 97)
    assert_exact(_conv(draw, (3, 4), (3, 5), (2, 2), scales=scales, bias=bias) for scales in [(-22.0, -6.0)] * 15)


def test_left_shifts_wrap_as_the_reference_does() -> None:
    draw = Draw(7)
    assert_exact(_conv(draw, (3, 3), (4, 4), draw.pick(((1, 1), (2, 2))), scales=(8.0, 20.0)) for _ in range(40))


def test_a_zero_point_beyond_32_bits_wraps_as_the_reference_does() -> None:
    b = ModelBuilder()
    x = b.input((1, 1, 1, 1), scale=1 - 2**-14)
    w = b.constant(np.ones((1, 1, 1, 1), np.int8), scale=2 * (1 + 2**-14))  # the multiplier is 2^31 - 8, shifted left
    bias = b.constant(np.array([(1 << 30) - 1], np.int32), scale=1.0)
    y = b.op("CONV_2D", [x, w, bias], shape=(1, 1, 1, 1), scale=1.0, zero_point=127)
    assert_exact([Case(CONV_2D, b.build([y]), [np.zeros((1, 1, 1, 1), np.int8)])])


def test_saturated_sums() -> None:
    """All weights and inputs at their ends: the largest sums there are, pairs of products included."""
    cases = []
    for weight in (-128, -127, 127):
        for value in (-128, 127):
            for zero_point in (-128, 127):
                b = ModelBuilder()
                x = b.input((1, 5, 5, 64), scale=0.1, zero_point=zero_point)
                w = b.constant(np.full((3, 3, 3, 64), weight, np.int8), scale=[0.1, 1e-4, 1e-6])
                y = b.op("CONV_2D", [x, w], shape=(1, 5, 5, 3), scale=0.1, zero_point=1, padding="SAME")
                cases.append(Case(CONV_2D, b.build([y]), [np.full((1, 5, 5, 64), value, np.int8)]))
    assert_exact(cases)


class Padded(Case):
    """PAD in front of a convolution, which takes it over: windows may lie outside the image altogether."""

    @property
    def node(self) -> Node:  # type: ignore[override]
        graph = run_passes(parse(self.model, name="case", source="case.tflite"))
        assert [op.kind for op in graph.ops] == [self.operator.kind]
        return Node(graph, graph.ops[0])


def test_padding_of_any_width_on_each_side() -> None:
    draw = Draw(6)
    cases = []
    for _ in range(30):
        size, kernel, stride = _size(draw), (draw.integer(1, 3), draw.integer(1, 3)), (draw.integer(1, 2),) * 2
        pads = [(draw.integer(0, 4), draw.integer(0, 4)) for _ in range(2)]
        padded = (size[0] + sum(pads[0]), size[1] + sum(pads[1]))
        if any(n < k for n, k in zip(padded, kernel, strict=True)):
            continue
        quant = draw.quant()
        b = ModelBuilder()
        x = b.input((1, *size, 3), **quant)
        p = b.op("PAD", [x], shape=(1, *padded, 3), paddings=[(0, 0), *pads, (0, 0)], **quant)
        w = b.constant(draw.values((5, *kernel, 3)), scale=0.01)
        out = window_shape(padded, kernel, stride, (1, 1), "VALID")
        y = b.op("CONV_2D", [p, w], shape=(1, *out, 5), scale=0.5, zero_point=draw.zero_point(), stride=stride)
        cases.append(Padded(CONV_2D, b.build([y]), [draw.values((1, *size, 3))]))
    assert len(cases) > 20
    assert_exact(cases)


def _refused(shape: tuple[int, ...], filters: tuple[int, ...], out: tuple[int, ...], **weights: Any) -> None:
    b = ModelBuilder()
    x = b.input(shape, scale=0.1)
    w = b.constant(np.ones(filters, np.int8), **{"scale": 0.1, **weights})
    graph = parse(b.build([b.op("CONV_2D", [x, w], shape=out, scale=0.1)]), name="m", source="m.tflite")
    CONV_2D.check(Node(graph, graph.ops[0]))


def test_what_is_not_supported_is_refused() -> None:
    with pytest.raises(InputError, match="batch"):
        _refused((2, 4, 4, 3), (5, 1, 1, 3), (2, 4, 4, 5))
    with pytest.raises(InputError, match="do not divide"):
        _refused((1, 4, 4, 6), (4, 1, 1, 3), (1, 4, 4, 4))
    with pytest.raises(InputError, match="zero point"):
        _refused((1, 4, 4, 3), (5, 1, 1, 3), (1, 4, 4, 5), zero_point=3)
    with pytest.raises(InputError, match="one scale for each"):
        _refused((1, 4, 4, 3), (5, 1, 1, 3), (1, 4, 4, 5), scale=[0.1] * 3, axis=3)


@pytest.mark.parametrize("scale", [0.0, -0.1, float("inf"), float("nan")])
def test_a_scale_without_meaning_is_refused(scale: float) -> None:
    with pytest.raises(InputError):
        _refused((1, 4, 4, 3), (2, 1, 1, 3), (1, 4, 4, 2), scale=scale)
