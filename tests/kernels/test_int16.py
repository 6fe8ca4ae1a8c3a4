"""Operators on int16 activations with int8 weights (16x8), against `tflite_micro`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tests.kernels.int16 import (
    CURVES,
    HIGHEST,
    LINES,
    LOWEST,
    MEANS,
    PAIRS,
    POOLS,
    TYPES,
    conv,
    curve,
    dense,
    depthwise,
    line,
    mean,
    pair,
    pool,
    requantise,
    softmax,
    transpose_conv,
)
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

PORTABLE = (0,)


def test_layers() -> None:
    """Effective scales from left shifts to dead channels, biases of 32 and of up to 46 bits."""
    draw = Draw(1)
    cases = [conv(draw) for _ in range(20)] + [depthwise(draw) for _ in range(20)] + [dense(draw) for _ in range(20)]
    cases += [conv(draw, (-18.0, 2.0)) for _ in range(10)] + [dense(draw, (-18.0, 2.0)) for _ in range(10)]
    cases += [conv(draw, (-22.0, -9.0), 1 << 45) for _ in range(10)] + [transpose_conv(draw) for _ in range(30)]
    assert len(assert_exact(cases, PORTABLE)) == 4


def test_pairs() -> None:
    draw = Draw(4)
    ran = assert_exact([pair(draw, kind) for kind in PAIRS for _ in range(14)], PORTABLE)
    assert len(ran) == 2 * len(PAIRS), ran


def test_functions_of_one_value() -> None:
    draw = Draw(5)
    cases = [curve(draw, kind) for kind in CURVES for _ in range(15)] + [line(draw, kind) for kind in LINES for _ in range(12)]
    assert_exact([*cases, *(softmax(draw) for _ in range(20))], PORTABLE)


def test_curves_on_every_value() -> None:
    every = np.arange(LOWEST, HIGHEST + 1, dtype=np.int16)
    cases = []
    for kind, scale in [(kind, scale) for kind in CURVES for scale in (2.0**-12, 2.0**-11, 3.7e-4, 2e-3, 1.1)]:
        b, some = ModelBuilder(), every[:: 1 if scale == 2.0**-12 else 17]
        y = b.op(kind, [b.input(some.shape, "int16", scale=scale)], shape=some.shape, dtype="int16", scale=2.0**-15)
        cases.append(Case(OPERATORS[kind], b.build([y]), [some]))
    assert_exact(cases, PORTABLE)


def test_ratios_of_scales_are_not_rounded_to_float32() -> None:
    """Values at which 24 bits of the ratio would give another result than 53."""
    b = ModelBuilder()
    value = np.full((4,), 29980, np.int16)
    x = b.input(value.shape, "int16", scale=7.963472307892516e-05)
    y = b.op("RELU", [x], shape=value.shape, dtype="int16", scale=0.00010435339208925143)
    assert_exact([Case(OPERATORS["RELU"], b.build([y]), [value])], PORTABLE)


def test_pools_and_means() -> None:
    draw = Draw(8)
    cases = [pool(draw, kind) for kind in POOLS for _ in range(15)] + [mean(draw, kind) for kind in MEANS for _ in range(15)]
    assert_exact(cases, PORTABLE)


def test_requantisation() -> None:
    draw = Draw(10)
    cases = [requantise(draw, source, target) for source, target in TYPES for _ in range(8)]
    assert assert_exact(cases, PORTABLE) == {"tk_requantise_row"}


def _refused(match: str, kind: str, source: dict[str, Any], *others: np.ndarray, **options: Any) -> None:
    """An operator of one int16 input and constants on a common scale."""
    b = ModelBuilder()
    inputs = [b.input(dtype="int16", **source), *(b.constant(data, scale=0.1) for data in others)]
    graph = parse(b.build([b.op(kind, inputs, dtype="int16", **options)]), name="m", source="m.tflite")
    with pytest.raises(InputError, match=match):
        OPERATORS[kind].check(Node(graph, graph.ops[0]))


def test_what_cannot_be_computed_is_refused_in_a_sentence() -> None:
    row, small = {"shape": (1, 4), "scale": 0.1}, {"shape": (1, 4), "scale": 2.0**-15}
    _refused("zero point 0", "RELU", {**row, "zero_point": 3}, **row)
    _refused(r"scale 2\^-15", "TANH", row, **row)
    _refused("out of the range", "TANH", {**row, "scale": 10.0}, **small)
    _refused("is int8 where the others are int16", "ADD", row, np.ones(4, np.int8), **row)
    _refused("padded with 0 only", "PAD", {**row, "zero_point": 5}, paddings=[(0, 0), (0, 0)], **{**row, "zero_point": 5})
    long = np.array([-(2**63)])
    _refused("48-bit sum", "FULLY_CONNECTED", row, np.ones((1, 4), np.int8), long, shape=(1, 1), scale=0.1)
    pixel = {"shape": (1, 1, 1, 4), "scale": 0.1}
    _refused("int64 bias", "DEPTHWISE_CONV_2D", pixel, np.ones((1, 1, 1, 4), np.int8), np.ones(4, np.int32), **pixel)
