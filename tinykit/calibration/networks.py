"""Synthetic deep networks, to see how long the planner takes."""

from __future__ import annotations

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
