"""Damaged files end in a graph that can be planned or in an InputError, quickly; never in anything else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.support.models import convolutional
from tinykit.boards import load_board
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import DoesNotFit, InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported
from tinykit.planner import PlanOptions, plan

INTERESTING = (0, 1, 2, 127, 255, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
LONGEST = 2.0


def varied() -> bytes:
    """A model with an operator for every pass."""
    rng = np.random.default_rng(0)
    at = {"scale": 0.1, "zero_point": -10}
    b = ModelBuilder()
    x = b.input((1, 6, 6, 3), "float32")
    y = b.op("QUANTIZE", [x], shape=(1, 6, 6, 3), **at)
    y = b.op("PAD", [y], shape=(1, 7, 7, 3), paddings=[[0, 0], [0, 1], [0, 1], [0, 0]], **at)
    w = b.constant(rng.integers(-127, 128, (1, 3, 3, 6)).astype(np.int8), scale=[0.02] * 6, axis=3)
    y = b.op("DEPTHWISE_CONV_2D", [y, w], shape=(1, 3, 3, 6), stride=(2, 2), depth_multiplier=2, **at)
    y = b.op("RELU", [y], shape=(1, 3, 3, 6), **at)
    y = b.op("MAX_POOL_2D", [y], shape=(1, 3, 3, 6), filter=(2, 2), padding="SAME", **at)
    y = b.op("ADD", [y, y], shape=(1, 3, 3, 6), **at)
    y = b.op("TRANSPOSE", [y], shape=(1, 6, 3, 3), perm=(0, 3, 1, 2), **at)
    y = b.op("MEAN", [y], shape=(1, 6, 3), axes=[3], **at)
    y = b.op("MEAN", [y], shape=(1, 6), axes=[2], **at)
    y = b.op("SOFTMAX", [y], shape=(1, 6), scale=1 / 256, zero_point=-128)
    y = b.op("RESHAPE", [y], shape=(6,), scale=1 / 256, zero_point=-128)
    return b.build([b.op("DEQUANTIZE", [y], shape=(6,), dtype="float32")])


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` cut off, with bits flipped, or with some numbers replaced."""
    how = int(rng.integers(4))
    if how == 0:
        return data[: int(rng.integers(len(data)))]
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(changed) - 4))
        if how == 1:
            changed[at] ^= 1 << int(rng.integers(8))
        elif how == 2:
            changed[at] = int(rng.integers(256))
        else:
            at -= at % 4
            changed[at : at + 4] = int(rng.choice(INTERESTING)).to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("error")
def test_mutations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = (varied(), convolutional())[seed % 2]
    refused = 0
    for _ in range(1000):
        data = mutated(model, rng)
        start = time.perf_counter()
        try:
            check_supported(run_passes(parse(data, name="net", source="net.tflite")))
        except InputError as error:
            refused += 1
            assert "net.tflite" in error.message and error.message.isprintable()
        assert time.perf_counter() - start < LONGEST
    assert 300 < refused < 1000


@pytest.mark.parametrize("objective", ["fastest", "min-ram"])
@pytest.mark.filterwarnings("error")
def test_what_is_accepted_can_be_planned(objective: str) -> None:
    rng = np.random.default_rng(11)
    board = load_board("stm32f746")
    models = varied(), convolutional()
    planned = 0
    for n in range(400):
        data = mutated(models[n % 2], rng)
        try:
            graph = run_passes(parse(data, name="net", source="net.tflite"))
            check_supported(graph)
        except InputError:
            continue
        start = time.perf_counter()
        try:
            assert plan(graph, board, PlanOptions(objective)).arena_bytes > 0
            planned += 1
        except DoesNotFit as error:
            assert error.message.isprintable()
        assert time.perf_counter() - start < LONGEST
    assert planned > 10


def test_noise() -> None:
    rng = np.random.default_rng(9)
    for size in rng.integers(8, 5000, 200):
        data = b"\x1c\0\0\0TFL3" + rng.bytes(int(size))
        with pytest.raises(InputError):
            parse(data, name="net", source="net.tflite")
