"""SUM, REDUCE_MAX and REDUCE_MIN over any axes, ARG_MAX and ARG_MIN along one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def _reduced(draw: Draw, kind: str) -> Case:
    shape = draw.shape(draw.integer(1, 4), 7)
    axes = [axis for axis in range(len(shape)) if draw.chance(2)] or [0]
    keep = draw.chance(2)
    out = tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    named = [axis - len(shape) for axis in axes] if draw.chance(3) else axes
    quant = draw.quant()
    wider = {"scale": quant["scale"] * np.exp(draw.rng.uniform(0, 4)), "zero_point": draw.zero_point()}
    target = wider if kind == "SUM" else quant
    b = ModelBuilder()
    y = b.op(kind, [b.input(shape, **quant)], shape=out, axes=named, keep_dims=keep, **target)
    return Case(OPERATORS[kind], b.build([y]), [draw.values(shape)])


@pytest.mark.parametrize("kind", ["REDUCE_MAX", "REDUCE_MIN", "SUM"])
def test_any_axes(kind: str) -> None:
    draw = Draw(len(kind))
    assert_exact(_reduced(draw, kind) for _ in range(60))


def _place(draw: Draw, kind: str) -> Case:
    shape = draw.shape(draw.integer(1, 4), 8)
    axis = draw.integer(0, len(shape) - 1)
    b = ModelBuilder()
    inputs = [b.input(shape, **draw.quant()), b.constant(np.array(draw.pick((axis, axis - len(shape))), np.int32))]
    y = b.op(kind, inputs, shape=shape[:axis] + shape[axis + 1 :], dtype="int32")
    few = draw.rng.integers(-2, 3, shape).astype(np.int8)  # many equal values
    return Case(OPERATORS[kind], b.build([y]), [few if draw.chance(2) else draw.values(shape)])


@pytest.mark.parametrize("kind", ["ARG_MAX", "ARG_MIN"])
def test_the_first_of_equal_places(kind: str) -> None:
    draw = Draw(len(kind))
    assert_exact(_place(draw, kind) for _ in range(60))


def test_what_cannot_be_reduced_is_refused_in_a_sentence() -> None:
    b = ModelBuilder()
    y = b.op("REDUCE_MAX", [b.input((2, 3), scale=0.1)], shape=(3,), axes=[0], scale=0.2)
    graph = parse(b.build([y]), name="m", source="m.tflite")
    with pytest.raises(InputError, match="must have the same scale"):
        OPERATORS["REDUCE_MAX"].check(Node(graph, graph.ops[0]))
    b = ModelBuilder()
    y = b.op("ARG_MAX", [b.input((2, 3), scale=0.1)], shape=(3,), axes=[2], dtype="int32")
    with pytest.raises(InputError, match=r"axis \[2\] is outside 2 dimensions"):
        parse(b.build([y]), name="m", source="m.tflite")
