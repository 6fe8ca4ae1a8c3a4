"""Synthetic layers with a state, and operators on float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tinykit.calibration.other_layers import Layer, Shape
from tinykit.calibration.tflite_builder import ModelBuilder

UNARY = ("ABS", "LEAKY_RELU", "NEG", "RELU", "RELU6", "RSQRT", "SQRT", "SQUARE")
BINARY = ("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")
CASTS = (("int32", "float32"), ("float32", "int8"), ("int8", "int32"))
MAPS: tuple[Shape, ...] = ((1, 4, 4, 3), (1, 12, 6, 8), (1, 3, 20, 12))


def _ones(b: ModelBuilder, shape: Shape, scale: float, dtype: str = "int8") -> int:
    return b.constant(np.ones(shape, dtype), scale=scale)


def svdf(b: ModelBuilder, state: str, inputs: int, units: int, rank: int, memory: int) -> int:
    filters = units * rank
    operands = [
        b.input((1, inputs), scale=0.1, zero_point=3),
        _ones(b, (filters, inputs), 0.02),
        _ones(b, (filters, memory), 0.01, state),
        _ones(b, (units,), 0.005, "int32"),
        b.tensor((1, filters * memory), state, scale=0.5, variable=True),
    ]
    return b.op("SVDF", operands, shape=(1, units), rank=rank, scale=0.1, zero_point=3)


def lstm(b: ModelBuilder, steps: int, inputs: int, units: int) -> int:
    operands: list[int | None] = [None] * 24
    operands[0] = b.input((1, steps, inputs), scale=0.1, zero_point=3)
    for i in range(4):
        operands[1 + i], operands[5 + i] = _ones(b, (units, inputs), 0.01), _ones(b, (units, units), 0.01)
        operands[12 + i] = _ones(b, (units,), 0.001, "int32")
    operands[18] = b.tensor((1, units), scale=0.01, zero_point=3, variable=True)
    operands[19] = b.tensor((1, units), "int16", scale=2.0**-11, variable=True)
    options: dict[str, Any] = {"activation": "TANH", "cell_clip": 10.0}
    return b.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, shape=(1, steps, units), scale=0.01, zero_point=3, **options)


def kept(b: ModelBuilder, size: int) -> int:
    """A variable that is read and written, and the curve that its value goes through."""
    name = f"kept{size}"
    before = b.op("READ_VARIABLE", [b.variable(name)], shape=(1, size), scale=0.1, zero_point=3)
    b.outputs("ASSIGN_VARIABLE", [b.variable(name), b.input((1, size), scale=0.1, zero_point=3)], [])
    return before


def real(b: ModelBuilder, kind: str, shape: Shape) -> int:
    options: dict[str, Any] = {"alpha": 0.2} if kind == "LEAKY_RELU" else {}
    return b.op(kind, [b.input(shape, "float32")], shape=shape, dtype="float32", **options)


def reals(b: ModelBuilder, kind: str, shape: Shape, second: Shape) -> int:
    return b.op(kind, [b.input(shape, "float32"), b.input(second, "float32")], shape=shape, dtype="float32")


def averaged(b: ModelBuilder, shape: Shape, axis: int) -> int:
    out = shape[:axis] + shape[axis + 1 :]
    return b.op("MEAN", [b.input(shape, "float32")], shape=out, dtype="float32", axes=[axis])


def cast(b: ModelBuilder, shape: Shape, source: str, target: str) -> int:
    return b.op("CAST", [b.input(shape, source)], shape=shape, dtype=target)


def there_and_back(b: ModelBuilder, shape: Shape) -> int:
    """Real, two reals added, and an integer again: at the edges of the model, or around one value, it would be no operator."""
    x, y = (b.op("DEQUANTIZE", [b.input(shape, scale=0.1)], shape=shape, dtype="float32") for _ in range(2))
    return b.op("QUANTIZE", [b.op("ADD", [x, y], shape=shape, dtype="float32")], shape=shape, scale=0.2)


STATE_GROUPS: Mapping[str, Sequence[Layer]] = {
    "states": [
        *(
            partial(svdf, state=state, inputs=i, units=u, rank=r, memory=m)
            for state in ("int8", "int16")
            for i, u, r, m in ((16, 8, 1, 8), (40, 16, 2, 4), (8, 4, 1, 32), (90, 4, 1, 4))
        ),
        *(partial(lstm, steps=s, inputs=i, units=u) for s, i, u in ((1, 8, 8), (4, 40, 10), (2, 10, 30), (10, 4, 4))),
        *(partial(kept, size=size) for size in (16, 100, 1000)),
    ],
    "reals": [
        *(partial(real, kind=kind, shape=s) for kind in UNARY for s in MAPS[:2]),
        *(partial(reals, kind=kind, shape=s, second=t) for kind in BINARY for s in MAPS[:2] for t in (s, (1, 1, 1, s[3]))),
        *(partial(reals, kind=kind, shape=s, second=(s[0], 1, s[2])) for kind in BINARY for s in ((3, 5, 6), (4, 20, 8))),
        *(partial(averaged, shape=s, axis=axis) for s in MAPS for axis in (1, 3)),
        *(partial(cast, shape=s, source=a, target=z) for a, z in CASTS for s in MAPS),
        *(partial(there_and_back, shape=s) for s in MAPS),
    ],
}
