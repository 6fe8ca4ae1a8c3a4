"""Convolutions and dense layers on emulated cores: M4 with its DSP instructions, M0 without."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.conftest import missing
from tests.kernels import thumb
from tests.kernels.differential import Case, describe, reference
from tests.kernels.draw import Draw
from tests.kernels.filters import ANY, layer, window, window_shape
from tests.kernels.machines import chosen_for
from tinykit.ops.base import Core
from tinykit.ops.conv import CONV_2D
from tinykit.ops.depthwise_conv import DEPTHWISE_CONV_2D
from tinykit.ops.fully_connected import FULLY_CONNECTED


@cache
def thumb_cases() -> list[Case]:
    draw = Draw(11)
    cases = []
    for n in range(60):
        size, kernel = (draw.integer(2, 9), draw.integer(2, 9)), draw.pick(((1, 1), (3, 3), (2, 4), (5, 1)))
        stride = (1, 1) if kernel == (1, 1) else (draw.integer(1, 2),) * 2
        options = window(draw, size, kernel, stride, (1, 1))
        inputs, outputs, how = draw.integer(1, 13), draw.integer(1, 11), {"scales": ANY} if n % 5 == 0 else {}
        rows = window_shape(size, kernel, stride, (1, 1), options["padding"])
        shape = (1, *size, inputs)
        if n % 3 == 0:
            filters = draw.values((outputs, *kernel, inputs))
            model = layer(draw, "CONV_2D", shape, filters, (1, *rows, outputs), axis=0, **options, **how)
            cases.append(Case(CONV_2D, *model))
        elif n % 3 == 1:
            each = draw.integer(1, 2)
            filters, out = draw.values((1, *kernel, inputs * each)), (1, *rows, inputs * each)
            options |= {"axis": 3, "depth_multiplier": each}
            cases.append(Case(DEPTHWISE_CONV_2D, *layer(draw, "DEPTHWISE_CONV_2D", shape, filters, out, **options, **how)))
        else:
            depth = size[0] * size[1] * inputs
            model = layer(draw, "FULLY_CONNECTED", shape, draw.values((outputs, depth)), (1, outputs), axis=0, **how)
            cases.append(Case(FULLY_CONNECTED, *model))
    return cases + [_depthwise(draw, width % 8, width, 1 + (width % 4 == 0)) for width in range(1, 33)]


KERNELS = ((1, 1), (3, 3), (5, 5), (7, 7), (1, 5), (3, 5), (1, 7), (3, 7))


def _depthwise(draw: Draw, window: int, width: int, stride: int) -> Case:
    """A multiple of four channels, so that several pixels are computed at a time."""
    kernel = KERNELS[window]
    size, channels = (draw.integer(1, 4), width), 4 * draw.integer(1, 3)
    rows = window_shape(size, kernel, (stride, stride), (1, 1), "SAME")
    filters = draw.values((1, *kernel, channels))
    options = {"axis": 3, "stride": (stride, stride), "padding": "SAME", "activation": "NONE"}
    model = layer(draw, "DEPTHWISE_CONV_2D", (1, *size, channels), filters, (1, *rows, channels), **options)
    return Case(DEPTHWISE_CONV_2D, *model)


@cache
def _wanted() -> list[np.ndarray]:
    return [reference(case.model, case.inputs) for case in thumb_cases()]


@pytest.mark.parametrize("core", thumb.CPUS)
@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_every_byte_on_the_core_itself(compiler: str, core: str) -> None:
    if compiler not in thumb.compilers():
        missing("arm-none-eabi-gcc is not installed")
    assert {c.chosen.name for c in thumb_cases()} == {
        "tk_conv_row_s8",
        "tk_conv_wide_row_s8",
        "tk_pointwise_row_s8",
        "tk_pointwise_wide_row_s8",
        "tk_depthwise_conv_row_s8",
        "tk_depthwise_multi_row_s8",
        "tk_depthwise_wide_row_s8",
        "tk_fully_connected_s8",
        "tk_fully_connected_wide_s8",
    }
    cases, wanted = thumb_cases(), _wanted()
    if core == "cortex-m0":  # and those in plain C that it prefers
        cases, wanted = cases + [chosen_for(case, Core(core)) for case in cases], wanted * 2
    for case, result, right in zip(cases, thumb.run(cases, compiler, core), wanted, strict=True):
        np.testing.assert_array_equal(result, right, f"{case.chosen.name} on {core}: {describe(case.node)}")


def test_every_byte_when_built_for_size() -> None:
    compiler = sorted(thumb.compilers())[0]
    for case, result, right in zip(thumb_cases(), thumb.run(thumb_cases(), compiler, "cortex-m4", "-Os"), _wanted(), strict=True):
        np.testing.assert_array_equal(result, right, f"{case.chosen.name} for size: {describe(case.node)}")
