"""Dilated convolutions as exporters write them: pixels to batches, a convolution, batches to pixels."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse


def _bias(draw: Draw, b: ModelBuilder, channels: int, scale: float) -> int:
    return b.constant(draw.rng.integers(-99, 100, channels).astype(np.int32), scale=0.02 * scale)


def _sequence(draw: Draw, b: ModelBuilder) -> int:
    """A causal sequence, for which the convolution gets an axis of length one; two of them share the batches. What makes
    the length divisible is padded and cropped again."""
    block, kernel, channels, length = draw.integer(2, 4), draw.integer(1, 3), draw.integer(1, 5), draw.integer(5, 20)
    before = (kernel - 1) * block
    padded = -(-(length + before) // block) * block
    sides, quant = [[0, padded - length - before]], draw.quant()
    x = b.input((1, length, channels), **quant)
    y = b.op("PAD", [x], shape=(1, length + before, channels), paddings=[(0, 0), (before, 0), (0, 0)], **quant)
    y = b.op("SPACE_TO_BATCH_ND", [y], shape=(block, padded // block, channels), blocks=[block], paddings=sides, **quant)
    y = b.op("RESHAPE", [y], shape=(block, 1, padded // block, channels), **quant)
    steps, found = padded // block - kernel + 1, []
    for _ in range(2):
        w = b.constant(draw.values((4, 1, kernel, channels)).clip(-127), scale=0.02)
        out = {"scale": quant["scale"] * 3, "zero_point": 7}
        z = b.op("CONV_2D", [y, w, _bias(draw, b, 4, quant["scale"])], shape=(block, 1, steps, 4), padding="VALID", **out)
        z = b.op("RESHAPE", [z], shape=(block, steps, 4), **out)
        found.append(b.op("BATCH_TO_SPACE_ND", [z], shape=(1, length, 4), blocks=[block], crops=sides, **out))
    return b.op("MAXIMUM", found, shape=(1, length, 4), **out)


def _map(draw: Draw, b: ModelBuilder) -> int:
    blocks, kernel, quant = [2, 3], (3, 3), draw.quant()
    padded, none = (1, 12, 15, 3), [[0, 0], [0, 0]]
    x = b.op("PAD", [b.input((1, 8, 9, 3), **quant)], shape=padded, paddings=[(0, 0), (2, 2), (3, 3), (0, 0)], **quant)
    w = b.constant(draw.values((1, *kernel, 3)).clip(-127), scale=0.02)
    y = b.op("SPACE_TO_BATCH_ND", [x], shape=(6, 6, 5, 3), blocks=blocks, paddings=none, **quant)
    out = {"scale": quant["scale"] * 2, "zero_point": -5}
    z = b.op("DEPTHWISE_CONV_2D", [y, w, _bias(draw, b, 3, quant["scale"])], shape=(6, 4, 3, 3), padding="VALID", **out)
    return b.op("BATCH_TO_SPACE_ND", [z], shape=(1, 8, 9, 3), blocks=blocks, crops=none, **out)


@pytest.mark.parametrize("author", [_sequence, _map], ids=lambda author: author.__name__[1:])
def test_every_byte(author, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    draw, b = Draw(5), ModelBuilder()
    model = b.build([author(draw, b) for _ in range(5)])
    kinds = {op.kind for op in run_passes(parse(model, name="m", source="m.tflite")).ops}
    assert kinds <= {"CONV_2D", "DEPTHWISE_CONV_2D", "MAXIMUM", "PAD"}
    compare_plans(model, random.Random(0), tmp_path, runtime.Interpreter.from_bytes(model, arena_size=1 << 20))
