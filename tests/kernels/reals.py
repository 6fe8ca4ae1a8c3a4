"""Random single operators on float32."""

from __future__ import annotations

import numpy as np

from tests.kernels.differential import Case
from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.ops.registry import OPERATORS

UNARY = ("ABS", "LEAKY_RELU", "NEG", "RELU", "RELU6", "RSQRT", "SQRT", "SQUARE")
ROOTS = ("RSQRT", "SQRT")
PAIRS = ("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")
ACTIVATED = ("ADD", "DIV", "MUL", "SUB")
ODD = np.array([0.0, -0.0, 1.0, -1.0, 1e-45, -1.2e-38, 3e38, 0.5, 6.0, 16777217.0, 1 / 3], np.float32)


def reals(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    """Of one order of magnitude, of any, or where floats are odd."""
    kind = draw.integer(0, 3)
    if kind == 0:
        return draw.rng.choice(ODD, shape)
    bits = draw.rng.integers(0, 0x7F000000, shape, np.uint32)
    wild = bits.view(np.float32) * draw.rng.choice(np.array([-1, 1], np.float32), shape)
    return wild if kind == 1 else draw.rng.normal(0, 10.0 ** draw.integer(-2, 2), shape).astype(np.float32)


def unary(draw: Draw, kind: str) -> Case:
    shape = (1, *draw.shape(3, 7))
    values = reals(draw, shape)
    b = ModelBuilder()
    options = {"alpha": draw.scale()} if kind == "LEAKY_RELU" else {}
    y = b.op(kind, [b.input(shape, "float32")], shape=shape, dtype="float32", **options)
    return Case(OPERATORS[kind], b.build([y]), [np.abs(values) if kind in ROOTS else values])


def pair(draw: Draw, kind: str) -> Case:
    shape = (1, *draw.shape(3, 6)) if draw.chance(2) else draw.shape(draw.integer(1, 4), 5)
    other = tuple(n if draw.chance(2) else 1 for n in shape)[draw.pick((0, 0, len(shape) - 1)) :]
    first, second = reals(draw, shape), reals(draw, other)
    if kind == "DIV":
        second[second == 0] = 1
    b = ModelBuilder()
    constant = draw.chance(3)
    x = b.input(shape, "float32")
    y = b.constant(second) if constant else b.input(other, "float32")
    swapped = kind != "DIV" and draw.chance(3)
    options = {"activation": draw.pick(ACTIVATIONS[:4])} if kind in ACTIVATED else {}
    out = b.op(kind, [y, x] if swapped else [x, y], shape=shape, dtype="float32", **options)
    return Case(OPERATORS[kind], b.build([out]), [first] if constant else [first, second])
