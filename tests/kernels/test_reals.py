"""Operators on float32: every bit of every result."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import PORTABLE, Case, assert_exact
from tests.kernels.draw import Draw
from tests.kernels.reals import PAIRS, UNARY, pair, reals, unary
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


@pytest.mark.parametrize("kind", UNARY)
def test_functions_of_one_value(kind: str) -> None:
    draw = Draw(len(kind))
    assert assert_exact((unary(draw, kind) for _ in range(25)), PORTABLE) == {"tk_real_row_f32"}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.filterwarnings("ignore:overflow")
def test_functions_of_two_values(kind: str) -> None:
    draw = Draw(20 + len(kind))
    assert assert_exact((pair(draw, kind) for _ in range(30)), PORTABLE) == {"tk_real_pairs_row_f32", "tk_real_pairs_f32"}


@pytest.mark.parametrize("kind", ["MEAN", "SUM"])
def test_sums_keep_the_order_of_their_values(kind: str) -> None:
    draw = Draw(len(kind))
    cases = []
    for _ in range(50):
        shape = draw.shape(draw.integer(1, 4), 6)
        axes = sorted(set(draw.rng.integers(0, len(shape), draw.integer(1, 3)).tolist()))
        keep = draw.chance(2)
        out = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
        b = ModelBuilder()
        x = b.input(shape, "float32")
        y = b.op(kind, [x], shape=out, dtype="float32", axes=axes, keep_dims=keep)
        values = draw.rng.normal(0, 10.0 ** draw.integer(-2, 6), shape).astype(np.float32)
        cases.append(Case(OPERATORS[kind], b.build([y]), [values]))
    assert_exact(cases, PORTABLE)


@pytest.mark.parametrize("stored", ["int8", "int16"])
def test_quantising_and_back(stored: str) -> None:
    draw = Draw(len(stored))
    cases = []
    for n in range(60):
        shape = (1, *draw.shape(3, 7))
        quant = {"scale": draw.scale(), "zero_point": draw.zero_point() if stored == "int8" else 0}
        ends = np.iinfo(stored)
        b = ModelBuilder()
        if n % 2:
            y = b.op("DEQUANTIZE", [b.input(shape, stored, **quant)], shape=shape, dtype="float32")
            values = draw.rng.integers(ends.min, ends.max + 1, shape).astype(stored)
            cases.append(Case(OPERATORS["DEQUANTIZE"], b.build([y]), [values]))
            continue
        y = b.op("QUANTIZE", [b.input(shape, "float32")], shape=shape, dtype=stored, **quant)
        # Half way between two stored values, and around.
        halves = quant["scale"] * (draw.rng.integers(ends.min * 2, ends.max * 2, shape) / 2 - quant["zero_point"])
        wide = draw.rng.normal(0, quant["scale"] * 1e5, shape)
        cases.append(Case(OPERATORS["QUANTIZE"], b.build([y]), [(halves if draw.chance(2) else wide).astype(np.float32)]))
    assert_exact(cases, PORTABLE)


def test_casts() -> None:
    draw = Draw(5)
    types = ("int8", "int16", "int32", "float32")
    cases = []
    for source in types:
        for target in types:
            shape = (1, *draw.shape(3, 7))
            b = ModelBuilder()
            y = b.op("CAST", [b.input(shape, source)], shape=shape, dtype=target)
            if source == "float32":
                values = draw.rng.uniform(-127, 127, shape).astype(np.float32)
            else:
                values = draw.rng.integers(np.iinfo(source).min, np.iinfo(source).max, shape).astype(source)
            cases.append(Case(OPERATORS["CAST"], b.build([y]), [values]))
    assert_exact(cases, PORTABLE)


def moved(draw: Draw, kind: str) -> Case:
    shape = (1, *draw.shape(3, 5))
    options: dict[str, object] = {}
    out = shape
    b = ModelBuilder()
    inputs = [b.input(shape, "float32")]
    if kind == "TRANSPOSE":
        options["perm"] = order = draw.rng.permutation(4).tolist()
        out = tuple(shape[axis] for axis in order)
    elif kind == "CONCATENATION":
        options["axis"] = axis = draw.integer(0, 3)
        inputs.append(b.constant(reals(draw, shape)))
        out = tuple(n * (2 if i == axis else 1) for i, n in enumerate(shape))
    elif kind == "PAD":
        options["paddings"] = sides = draw.rng.integers(0, 3, (4, 2)).tolist()
        out = tuple(n + sum(side) for n, side in zip(shape, sides, strict=True))
    elif kind == "MIRROR_PAD":
        options |= {"paddings": [(0, 0), (1, 1), (1, 0), (0, 1)], "mode": 1}
        out = (1, shape[1] + 2, shape[2] + 1, shape[3] + 1)
    y = b.op(kind, inputs, shape=out, dtype="float32", **options)  # type: ignore[arg-type]
    return Case(OPERATORS[kind], b.build([y]), [reals(draw, shape)])


@pytest.mark.parametrize("kind", ["CONCATENATION", "MIRROR_PAD", "PAD", "TRANSPOSE"])
def test_moves(kind: str) -> None:
    draw = Draw(len(kind))
    assert_exact((moved(draw, kind) for _ in range(12)), PORTABLE)


BAD = [
    ("NEG", ["int8"], "int8", {"scale": 0.1}, "only float32"),
    ("SQUARE", ["float32"], "int8", {"scale": 0.1}, "only float32"),
    ("ADD", ["float32", "int8"], "float32", {}, "only float32"),
    ("ADD", ["float32", "float32"], "float32", {"activation": "TANH"}, "activation tanh"),
    ("EXP", ["float32"], "float32", {}, "only int8"),
    ("QUANTIZE", ["float32"], "int32", {"scale": 0.1}, "only int8 and int16"),
    ("DEQUANTIZE", ["int32"], "float32", {}, "only int8 and int16"),
    ("DEQUANTIZE", ["int8"], "float32", {}, "not quantised"),
    ("CAST", ["int64"], "float32", {}, "cannot be cast"),
]


@pytest.mark.parametrize(("kind", "sources", "target", "options", "sentence"), BAD)
def test_refusals(kind: str, sources: list[str], target: str, options: dict[str, object], sentence: str) -> None:
    b = ModelBuilder()
    y = b.op(kind, [b.input((1, 4), source) for source in sources], shape=(1, 4), dtype=target, **options)  # type: ignore[arg-type]
    graph = parse(b.build([y]), name="m", source="m.tflite")
    with pytest.raises(InputError, match=sentence):
        OPERATORS[kind].check(Node(graph, graph.ops[0]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_constants_are_numbers(value: float) -> None:
    b = ModelBuilder()
    y = b.op("ADD", [b.input((1, 4), "float32"), b.constant(np.full(4, value, np.float32))], shape=(1, 4), dtype="float32")
    graph = parse(b.build([y]), name="m", source="m.tflite")
    with pytest.raises(InputError, match="not finite"):
        OPERATORS["ADD"].check(Node(graph, graph.ops[0]))
