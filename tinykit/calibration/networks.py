"""Synthetic networks: deep ones, and small ones whose smallest plans run in pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from tinykit.calibration.tflite_builder import ModelBuilder


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
        options: dict[str, Any] = {"stride": (stride, stride), "padding": "SAME", "depth_multiplier": 1}
        shape = (1, size, size, 3 * channels)
        deep = b.op("DEPTHWISE_CONV_2D", [wide, w], shape=shape, scale=0.1, zero_point=0, **options)
        at = conv(deep, 3 * channels, channels)
        made += 3
        if stride == 1 and made < layers:
            at = b.op("ADD", [at, before], shape=(1, size, size, channels), scale=0.1, zero_point=0)
            made += 1
    return b.build([at])


def chain(height: int, pools: int) -> bytes:
    """A `.tflite` whose smallest plan runs row by row: pools that keep a narrow map's size, and one that halves it."""
    b = ModelBuilder()
    quant: dict[str, Any] = {"scale": 0.2, "zero_point": 4}
    x = b.input((1, height, 2, 4), **quant)
    for _ in range(pools):
        x = b.op("MAX_POOL_2D", [x], shape=(1, height, 2, 4), filter=(2, 1), padding="SAME", **quant)
    half: dict[str, Any] = {"filter": (2, 2), "stride": (2, 2), "padding": "SAME"}
    return b.build([b.op("MAX_POOL_2D", [x], shape=(1, height // 2, 1, 4), **half, **quant)])


def separable(size: int, channels: Sequence[int]) -> bytes:
    """Depthwise and point-wise convolutions in turn, the map halved by every other pair."""
    b = ModelBuilder()
    at = b.input((1, size, size, channels[0]), scale=0.1)
    options: dict[str, Any] = {"padding": "SAME", "depth_multiplier": 1}
    quant: dict[str, Any] = {"scale": 0.1, "zero_point": 0}
    for n, (inputs, outputs) in enumerate(pairwise(channels)):
        stride = 1 + n % 2
        size = -(-size // stride)
        w = b.constant(np.ones((1, 3, 3, inputs), np.int8), scale=np.full(inputs, 0.01), axis=3)
        at = b.op("DEPTHWISE_CONV_2D", [at, w], shape=(1, size, size, inputs), stride=(stride, stride), **options, **quant)
        w = b.constant(np.ones((outputs, 1, 1, inputs), np.int8), scale=0.01)
        at = b.op("CONV_2D", [at, w], shape=(1, size, size, outputs), **quant)
    return b.build([at])


def residual(size: int, channels: int, blocks: int) -> bytes:
    """Pairs of 3x3 convolutions with an addition around each."""
    b = ModelBuilder()
    at = b.input((1, size, size, channels), scale=0.1)
    quant: dict[str, Any] = {"shape": (1, size, size, channels), "scale": 0.1, "zero_point": 0}
    for _ in range(blocks):
        before = at
        for _ in range(2):
            w = b.constant(np.ones((channels, 3, 3, channels), np.int8), scale=0.01)
            at = b.op("CONV_2D", [at, w], padding="SAME", **quant)
        at = b.op("ADD", [at, before], **quant)
    return b.build([at])


def signal(length: int, channels: Sequence[int], taps: int) -> bytes:
    """Convolutions along a signal, each with a pool that halves it."""
    b = ModelBuilder()
    at = b.input((1, length, 1, channels[0]), scale=0.1)
    quant: dict[str, Any] = {"scale": 0.1, "zero_point": 0}
    for inputs, outputs in pairwise(channels):
        w = b.constant(np.ones((outputs, taps, 1, inputs), np.int8), scale=0.01)
        at = b.op("CONV_2D", [at, w], shape=(1, length, 1, outputs), padding="SAME", **quant)
        length //= 2
        half: dict[str, Any] = {"filter": (2, 1), "stride": (2, 1), "padding": "VALID"}
        at = b.op("MAX_POOL_2D", [at], shape=(1, length, 1, outputs), **half, **quant)
    return b.build([at])


NETWORKS: Mapping[str, Callable[[], bytes]] = {
    **{f"chain of {pools}": partial(chain, height, pools) for height, pools in ((24, 1), (32, 3), (24, 8))},
    **{f"{n} bottlenecks": partial(bottlenecks, n, size) for n, size in ((3, 24), (4, 40), (20, 48))},
    "separable, wide": partial(separable, 32, (8, 16, 32, 32, 64)),
    "separable, narrow": partial(separable, 40, (4, 8, 8, 12)),
    "residual": partial(residual, 20, 12, 2),
    "residual, narrow": partial(residual, 28, 4, 1),
    "signal": partial(signal, 128, (2, 8, 16), 5),
}
"""What the loop around the kernels is measured on."""
