"""The search stays quick on deep networks. Processor time, so that other work on the machine does not count."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.support.tflite_builder import ModelBuilder
from tinykit.boards import load_board
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, plan
from tinykit.planner.planner import pareto


def bottlenecks(layers: int, size: int = 64) -> bytes:
    """Inverted bottlenecks with a residual addition around each that keeps its map, halved every fifteen layers."""
    b = ModelBuilder()
    at = b.input((1, size, size, 8), scale=0.1)
    channels, made = 8, 0

    def conv(x: int, inputs: int, outputs: int) -> int:
        w = b.constant(np.ones((outputs, 1, 1, inputs), np.int8), scale=0.01)
        return b.op("CONV_2D", [x, w], shape=(1, size, size, outputs), scale=0.1, zero_point=0)

    while made < layers:
        stride = 2 if made % 15 > 10 and size > 4 else 1
        before = at
        wide = conv(at, channels, 3 * channels)
        w = b.constant(np.ones((1, 3, 3, 3 * channels), np.int8), scale=np.full(3 * channels, 0.01), axis=3)
        size //= stride
        options = {"stride": (stride, stride), "padding": "SAME", "depth_multiplier": 1}
        shape = (1, size, size, 3 * channels)
        deep = b.op("DEPTHWISE_CONV_2D", [wide, w], shape=shape, scale=0.1, zero_point=0, **options)
        at = conv(deep, 3 * channels, channels)
        made += 3
        if stride == 1 and made < layers:
            at = b.op("ADD", [at, before], shape=(1, size, size, channels), scale=0.1, zero_point=0)
            made += 1
    return b.build([at])


@pytest.mark.parametrize(("layers", "seconds"), [(60, 5), (150, 30)])
def test_the_smallest_plan(layers: int, seconds: float) -> None:
    graph = run_passes(parse(bottlenecks(layers), name="m", source="m.tflite"))
    assert len(graph.ops) >= layers
    start = time.process_time()
    plan(graph, load_board("stm32f746"), PlanOptions("min-ram"))
    assert time.process_time() - start < seconds


def test_the_frontier_of_sixty_layers() -> None:
    graph = run_passes(parse(bottlenecks(60), name="m", source="m.tflite"))
    start = time.process_time()
    plans = pareto(graph, load_board("stm32f746"))
    assert time.process_time() - start < 30
    assert [p.arena_bytes for p in plans] == sorted({p.arena_bytes for p in plans}, reverse=True)
    assert [p.instructions for p in plans] == sorted({p.instructions for p in plans})
