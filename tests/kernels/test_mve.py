"""Kernels for Helium: their C on this computer under the sanitizers, their assembly on QEMU's Cortex-M55."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.kernels import machines
from tests.kernels.differential import Case, assert_exact, describe, reference
from tests.kernels.draw import Draw
from tests.kernels.filters import ANY, layer, window, window_shape
from tinykit.ops.base import Core
from tinykit.ops.conv import CONV_2D
from tinykit.ops.depthwise_conv import DEPTHWISE_CONV_2D
from tinykit.ops.fully_connected import FULLY_CONNECTED

M55 = Core("cortex-m55", dsp=True, mve=True)


@cache
def _cases() -> tuple[Case, ...]:
    draw = Draw(12)
    cases = [_conv(draw, n) for n in range(40)] + [_dense(draw, n) for n in range(20)]
    cases += [_single(draw) for _ in range(6)]
    cases += [_depthwise(draw, n) for n in range(40)]
    return tuple(machines.chosen_for(case, M55) for case in cases)


def _how(draw: Draw) -> dict[str, object]:
    """Mostly what these kernels take: outputs in all of int8, and scales below one."""
    how: dict[str, object] = {"scales": ANY} if draw.chance(6) else {}
    return how if draw.chance(8) else how | {"activation": "NONE"}


def _conv(draw: Draw, n: int) -> Case:
    size, kernel = (draw.integer(1, 7), draw.integer(1, 11)), (1, 1) if n % 2 else (draw.integer(1, 4), draw.integer(1, 4))
    stride = (1, 1) if n % 4 == 1 else (draw.integer(1, 3), draw.integer(1, 3))
    options = window(draw, size, kernel, stride, draw.pick(((1, 1), (1, 1), (2, 2))))
    inputs, outputs = draw.pick((draw.integer(1, 40), 8 * draw.integer(1, 7))), draw.integer(1, 13)
    out = (1, *window_shape(size, kernel, stride, options["dilation"], options["padding"]), outputs)
    filters = draw.values((outputs, *kernel, inputs))
    return Case(CONV_2D, *layer(draw, "CONV_2D", (1, *size, inputs), filters, out, axis=0, **options, **_how(draw)))


def _dense(draw: Draw, n: int) -> Case:
    batches, inputs, outputs = n % 7 + 1, draw.pick((draw.integer(1, 70), 8 * draw.integer(1, 30))), draw.integer(1, 21)
    filters = draw.values((outputs, inputs))
    how = _how(draw)
    return Case(FULLY_CONNECTED, *layer(draw, "FULLY_CONNECTED", (batches, inputs), filters, (batches, outputs), axis=0, **how))


def _single(draw: Draw) -> Case:
    """A depthwise convolution of a single channel, which is an ordinary one."""
    size, kernel, stride = (draw.integer(2, 9), draw.integer(2, 9)), (draw.integer(1, 4), draw.integer(1, 4)), (1, 2)
    options = window(draw, size, kernel, stride, (1, 1))
    outputs = draw.integer(1, 9)
    out = (1, *window_shape(size, kernel, stride, (1, 1), options["padding"]), outputs)
    options |= {"axis": 3, "depth_multiplier": outputs, **_how(draw)}
    filters = draw.values((1, *kernel, outputs))
    return Case(DEPTHWISE_CONV_2D, *layer(draw, "DEPTHWISE_CONV_2D", (1, *size, 1), filters, out, **options))


def _depthwise(draw: Draw, n: int) -> Case:
    """Channels in whole blocks of lanes, in blocks that overlap, and few enough for several pixels together."""
    kernel = draw.pick(((3, 3), (5, 5), (7, 7), (1, 5), (3, 5), (1, 7), (3, 7), (2, 2), (draw.integer(1, 4), draw.integer(1, 4))))
    size, narrow = (draw.integer(1, 6), draw.integer(1, 20)), n % 3 == 0
    stride, dilation = (1, 1) if narrow else (draw.integer(1, 2), draw.integer(1, 2)), draw.pick(((1, 1), (1, 1), (1, 2)))
    options = window(draw, size, kernel, stride, dilation)
    channels = draw.pick((2, 4, 8)) if narrow else draw.pick((16, 32, draw.integer(16, 50)))
    out = (1, *window_shape(size, kernel, stride, dilation, options["padding"]), channels)
    filters = np.maximum(draw.values((1, *kernel, channels)), -128 if n % 10 == 0 else -127)
    shape = (1, *size, channels)
    return Case(DEPTHWISE_CONV_2D, *layer(draw, "DEPTHWISE_CONV_2D", shape, filters, out, axis=3, **options, **_how(draw)))


@cache
def _wanted() -> list[np.ndarray]:
    return [reference(case.model, case.inputs) for case in _cases()]


def test_every_byte_in_c() -> None:
    assert {
        "tk_conv_mve_row_s8",
        "tk_depthwise_mve_row_s8",
        "tk_pointwise_mve_row_s8",
        "tk_fully_connected_mve_s8",
    } <= assert_exact(_cases())


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_every_byte_on_the_core_itself(compiler: str) -> None:
    machines.require("cortex-m55", compiler)
    for case, result, right in zip(_cases(), machines.run(_cases(), compiler, "cortex-m55"), _wanted(), strict=True):
        np.testing.assert_array_equal(result, right, f"{case.chosen.name}: {describe(case.node)}")
