"""Random convolutions and dense layers as single-operator models."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder

Pair = tuple[int, int]

# Effective scales (input scale · weight scale / output scale) from left shifts to channels that are all but dead.
USUAL, ANY = (-8.0, -3.0), (-18.0, 2.0)


def layer(
    draw: Draw,
    kind: str,
    shape: tuple[int, ...],
    filters: np.ndarray,
    out: tuple[int, ...],
    *,
    axis: int,
    scales: tuple[float, float] = USUAL,
    bias: int | None = None,
    per_channel: bool | None = None,
    **options: Any,
) -> tuple[bytes, list[np.ndarray]]:
    """One operator's model and its input; `bias` bounds the biases, None draws whether there are any."""
    outputs = filters.shape[axis]
    b = ModelBuilder()
    source, target = draw.scale(-4, -1), draw.scale(-4, -1)
    x = b.input(shape, scale=source, zero_point=draw.zero_point())
    each = draw.chance(2) if per_channel is None else per_channel
    effective = np.exp(draw.rng.uniform(*scales, outputs if each else 1))
    inputs = [x, b.constant(filters, scale=np.float32(effective * target / source), axis=axis)]
    if bias is not None or draw.chance(3) or kind == "DEPTHWISE_CONV_2D":
        most = 20_000 if bias is None else bias
        values = draw.rng.integers(-most, most + 1, outputs).astype(np.int32)
        inputs.append(b.constant(values, scale=np.float32(effective * target)))
    options.setdefault("activation", draw.pick(ACTIVATIONS))
    y = b.op(kind, inputs, shape=out, scale=target, zero_point=draw.zero_point(), **options)
    return b.build([y]), [draw.values(shape)]


def window_shape(size: Pair, kernel: Pair, stride: Pair, dilation: Pair, padding: str) -> Pair:
    """Height and width of the output; at least 1 each for VALID needs the dilated kernel to fit."""
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if padding == "SAME":
        return (-(-size[0] // stride[0]), -(-size[1] // stride[1]))
    return ((size[0] - extents[0]) // stride[0] + 1, (size[1] - extents[1]) // stride[1] + 1)


def window(draw: Draw, size: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> dict[str, Any]:
    """Options of a window on a map of `size`: VALID only where the window fits."""
    fits = all((k - 1) * d < n for n, k, d in zip(size, kernel, dilation, strict=True))
    padding = draw.pick(("SAME", "VALID")) if fits else "SAME"
    return {"stride": stride, "dilation": dilation, "padding": padding}
