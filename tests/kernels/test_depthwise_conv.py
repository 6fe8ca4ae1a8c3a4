"""DEPTHWISE_CONV_2D: multiplier 1, other multipliers, and the single channel that is an ordinary convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tests.kernels.filters import ANY, Pair, layer, window, window_shape
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.depthwise_conv import DEPTHWISE_CONV_2D


def _depthwise(
    draw: Draw,
    size: Pair,
    channels: int,
    multiplier: int,
    kernel: Pair,
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    **how: Any,
) -> Case:
    options = window(draw, size, kernel, stride, dilation)
    outputs = channels * multiplier
    filters = draw.values((1, *kernel, outputs))
    out = (1, *window_shape(size, kernel, stride, dilation, options["padding"]), outputs)
    options |= {"axis": 3, "depth_multiplier": multiplier}
    model = layer(draw, "DEPTHWISE_CONV_2D", (1, *size, channels), filters, out, **options, **how)
    return Case(DEPTHWISE_CONV_2D, *model)


def _random(draw: Draw, channels: int, multiplier: int) -> Case:
    return _depthwise(
        draw,
        (draw.integer(1, 10), draw.integer(1, 10)),
        channels,
        multiplier,
        (draw.integer(1, 5), draw.integer(1, 5)),
        (draw.integer(1, 3), draw.integer(1, 3)),
        draw.pick(((1, 1), (1, 1), (2, 1), (1, 2), (2, 3))),
    )


@pytest.mark.parametrize("seed", range(2))
def test_random_windows_of_multiplier_one(seed: int) -> None:
    draw = Draw(seed)
    kernels = assert_exact(_random(draw, draw.integer(2, 14), 1) for _ in range(50))
    assert kernels == {"tk_depthwise_conv_row_s8", "tk_depthwise_wide_row_s8"}


def test_random_windows_of_other_multipliers() -> None:
    draw = Draw(2)
    cases = [_random(draw, draw.integer(2, 5), draw.integer(2, 4)) for _ in range(40)]
    assert assert_exact(cases) == {"tk_depthwise_multi_row_s8"}


def test_a_single_channel_is_an_ordinary_convolution() -> None:
    draw = Draw(3)
    cases = [_random(draw, 1, draw.integer(1, 9)) for _ in range(40)]
    assert assert_exact(cases) == {"tk_conv_row_s8", "tk_conv_wide_row_s8"}


@pytest.mark.parametrize("kernel", [(3, 3), (5, 5), (7, 7), (1, 10), (10, 1)])
@pytest.mark.parametrize("stride", [1, 2])
def test_common_kernels(kernel: Pair, stride: int) -> None:
    draw = Draw(kernel[0] * stride)
    assert_exact(
        _depthwise(draw, (11, width), channels, 1, kernel, (stride, stride)) for width in (9, 12, 13) for channels in (4, 8, 15)
    )


def test_flat_windows_that_share_columns() -> None:
    draw = Draw(8)
    kernels = [(1, 3), (1, 5), (3, 5), (5, 3), (1, 7), (3, 7), (7, 5)]
    cases = [_depthwise(draw, (5, width), 4, 1, kernel, activation="NONE") for kernel in kernels for width in (7, 8, 9)]
    assert assert_exact(cases) == {"tk_depthwise_wide_row_s8"}


def test_scales_from_left_shifts_to_dead_channels() -> None:
    draw = Draw(5)
    assert_exact(_depthwise(draw, (4, 5), 9, draw.integer(1, 2), (3, 3), scales=ANY) for _ in range(40))


@pytest.mark.parametrize("bias", [1 << 29, (1 << 31) - 200_000])
def test_biases_up_to_the_ends_of_32_bits(bias: int) -> None:
    draw = Draw(bias % 97)
    assert_exact(_depthwise(draw, (4, 4), 6, 1, (2, 2), scales=(-22.0, -6.0), bias=bias) for _ in range(15))


def test_what_is_not_supported_is_refused() -> None:
    def checked(shape: tuple[int, ...], filters: tuple[int, ...], out: tuple[int, ...], **weights: Any) -> None:
        b = ModelBuilder()
        x = b.input(shape, scale=0.1)
        w = b.constant(np.ones(filters, np.int8), **{"scale": 0.1, **weights})
        graph = parse(b.build([b.op("DEPTHWISE_CONV_2D", [x, w], shape=out, scale=0.1)]), name="m", source="m.tflite")
        DEPTHWISE_CONV_2D.check(Node(graph, graph.ops[0]))

    with pytest.raises(InputError, match="batch"):
        checked((2, 4, 4, 3), (1, 1, 1, 3), (2, 4, 4, 3))
    with pytest.raises(InputError, match="4 filters do not divide over 3 channels"):
        checked((1, 4, 4, 3), (1, 1, 1, 4), (1, 4, 4, 4))
    with pytest.raises(InputError, match="one scale for each"):
        checked((1, 4, 4, 3), (1, 2, 1, 3), (1, 3, 4, 3), scale=[0.1, 0.2], axis=1)
