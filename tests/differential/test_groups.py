"""Grouped convolutions, which are rewritten, under plans of every kind."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.kernels.draw import Draw
from tests.kernels.filters import window, window_shape
from tests.support.reference import runtime
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported


def grouped(draw: Draw, groups: int, of_each: int, made: int, dtype: str = "int8") -> bytes:
    """Two convolutions, the second in `groups` of `of_each` channels read and `made` written."""
    b, size, wide = ModelBuilder(), draw.shape(2, 9), dtype == "int16"
    kernel, stride, dilation = draw.shape(2, 3), draw.shape(2, 2), draw.pick(((1, 1), (2, 1)))
    scales = {"scale": 0.01 if wide else 1.0, "dtype": dtype, "zero_point": 0 if wide else draw.zero_point()}
    x = b.input((1, *size, 3), **scales)
    first = b.constant(draw.values((groups * of_each, 1, 1, 3)), scale=0.005)
    x = b.op("CONV_2D", [x, first], shape=(1, *size, groups * of_each), **scales)
    filters = groups * made
    each = draw.rng.uniform(0.002, 0.02, filters) if draw.chance(2) else 0.01
    inputs = [x, b.constant(draw.values((filters, *kernel, of_each)), scale=each, axis=0)]
    if draw.chance(2):
        bias = draw.rng.integers(-2000, 2000, filters).astype(np.int64 if wide else np.int32)
        inputs.append(b.constant(bias, scale=0.01))
    options = window(draw, (size[0], size[1]), (kernel[0], kernel[1]), (stride[0], stride[1]), dilation)
    out = window_shape((size[0], size[1]), (kernel[0], kernel[1]), (stride[0], stride[1]), dilation, options["padding"])
    y = b.op("CONV_2D", inputs, shape=(1, *out, filters), **scales, **options, activation=draw.pick(("NONE", "RELU")))
    return b.build([y])


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize(("groups", "of_each", "made"), [(2, 3, 2), (4, 2, 4), (3, 1, 1), (4, 1, 3)])
def test_every_byte(groups: int, of_each: int, made: int, dtype: str, tmp_path: Path) -> None:
    model = grouped(Draw(groups * of_each + made), groups, of_each, made, dtype)
    kinds = [op.kind for op in run_passes(parse(model, name="net", source="net.tflite")).ops]
    split = ["CONCATENATION", *["CONV_2D"] * (1 + groups), *["SLICE"] * groups]
    assert sorted(kinds) == (["CONV_2D", "DEPTHWISE_CONV_2D"] if of_each == 1 else split)
    compare_plans(model, random.Random(groups), tmp_path, runtime().Interpreter.from_bytes(model, arena_size=1 << 18))


def test_what_does_not_divide_is_refused() -> None:
    b = ModelBuilder()
    x = b.input((1, 4, 4, 6), scale=0.1)
    w = b.constant(np.ones((3, 1, 1, 3), np.int8), scale=0.1)
    graph = run_passes(parse(b.build([b.op("CONV_2D", [x, w], shape=(1, 4, 4, 3), scale=0.1)]), name="m", source="m.tflite"))
    with pytest.raises(InputError, match="do not divide 6 channels"):
        check_supported(graph)
