"""Operators of two operands: same shapes, broadcasting by rows and by any axes, constants."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact
from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

KINDS = ("DIV", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")
ACTIVATED = ("DIV", "MUL", "SUB")


def _size(kind: str, first: float, second: float) -> float:
    """The order of the results' magnitude."""
    if kind in ("MUL", "PRELU"):
        return first * second * 100
    if kind == "DIV":
        return first / second / 2**7  # the reference shifts quotients on a coarser scale by more than 31 bits
    return first * first * 100 if kind == "SQUARED_DIFFERENCE" else first


def _pair(draw: Draw, kind: str, shape: tuple[int, ...], second: tuple[int, ...], *, constant: bool = False) -> Case:
    b = ModelBuilder()
    one = draw.quant()
    other = {"scale": float(np.float32(one["scale"] * math.exp(draw.rng.uniform(-1, 1)))), "zero_point": draw.zero_point()}
    x = b.input(shape, **one)
    values = draw.values(second)
    if kind == "DIV":
        values[values == other["zero_point"]] = 99 if other["zero_point"] < 0 else -99  # the reference does not divide by 0
    y = b.constant(values, **other) if constant else b.input(second, **other)
    swapped = kind not in ("PRELU", "DIV") and draw.chance(2)
    spread = (-0.6, 0.6) if kind == "DIV" else (-2, 2)
    quant = {"scale": float(np.float32(_size(kind, one["scale"], other["scale"]) * math.exp(draw.rng.uniform(*spread))))}
    options = {"activation": draw.pick(ACTIVATIONS)} if kind in ACTIVATED else {}
    out = b.op(
        kind,
        [y, x] if swapped else [x, y],
        shape=np.broadcast_shapes(shape, second),
        zero_point=draw.zero_point(),
        **quant,
        **options,
    )
    return Case(OPERATORS[kind], b.build([out]), [draw.values(shape)] if constant else [draw.values(shape), values])


def _map(draw: Draw) -> tuple[int, ...]:
    return (1, *draw.shape(3, 7))


def _some_axes(draw: Draw, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n if draw.chance(2) else 1 for n in shape)


@pytest.mark.parametrize("kind", KINDS)
def test_maps(kind: str) -> None:
    """The same shape, or some axes of length one."""
    draw = Draw(len(kind))
    shapes = [_map(draw) for _ in range(30)]
    cases = [_pair(draw, kind, s, s if draw.chance(3) else (1, *_some_axes(draw, s[1:]))) for s in shapes]
    cases += [_pair(draw, kind, s, s[draw.integer(2, 3) :]) for s in shapes[:6]]
    assert all(case.chosen.rows for case in cases)
    assert_exact(cases)


@pytest.mark.parametrize("kind", KINDS)
def test_constants(kind: str) -> None:
    draw = Draw(20 + len(kind))
    shapes = [_map(draw) if draw.chance(2) else draw.shape(draw.integer(1, 3), 6) for _ in range(36)]
    second = [draw.pick((s, s[-1:], (1,) * (len(s) - 1) + s[-1:], (1,), ())) for s in shapes]
    ran = assert_exact(_pair(draw, kind, s, t, constant=True) for s, t in zip(shapes, second, strict=True))
    assert len(ran) == 3, ran


@pytest.mark.parametrize("kind", KINDS)
def test_any_axes(kind: str) -> None:
    draw = Draw(40 + len(kind))
    shapes = [draw.shape(draw.integer(1, 5), 4) for _ in range(40)]
    second = [_some_axes(draw, s)[draw.pick((0, 0, draw.integer(0, len(s) - 1))) :] for s in shapes]
    cases = [_pair(draw, kind, s, t, constant=draw.chance(4)) for s, t in zip(shapes, second, strict=True)]
    assert {case.chosen.rows for case in cases} == {True, False}
    assert_exact(cases)


def test_both_operands_grow() -> None:
    draw = Draw(60)
    pairs = [((1, 5, 1, 3), (1, 1, 4, 3)), ((1, 1, 6, 1), (1, 3, 1, 4)), ((3, 1), (1, 4)), ((1, 4, 4, 2), (4, 1, 2))]
    assert_exact(_pair(draw, kind, *shapes) for kind in ("MUL", "SUB") for shapes in pairs)


def test_a_tensor_with_itself() -> None:
    b = ModelBuilder()
    x = b.input((1, 3, 3, 4), scale=0.1, zero_point=5)
    y = b.op("MUL", [x, x], shape=(1, 3, 3, 4), scale=0.5, zero_point=-7)
    assert_exact([Case(OPERATORS["MUL"], b.build([y]), [Draw(1).values((1, 3, 3, 4))])])


def _checked(kind: str, first: tuple[int, ...], second: tuple[int, ...], **options: object) -> None:
    b = ModelBuilder()
    model = b.build(
        [b.op(kind, [b.input(first, scale=0.1), b.input(second, scale=0.1)], shape=first, **{"scale": 0.1, **options})]
    )
    graph = parse(model, name="m", source="m.tflite")
    OPERATORS[kind].check(Node(graph, graph.ops[0]))


def test_what_cannot_be_computed_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="do not go together"):
        _checked("MUL", (1, 4), (1, 3))
    with pytest.raises(InputError, match="scale is too small"):
        _checked("SUB", (1, 4), (1, 4), scale=1e-9)
    with pytest.raises(InputError, match="scale is too small"):
        _checked("MUL", (1, 4), (1, 4), scale=1e-13)
    with pytest.raises(InputError, match="this many axes"):
        _checked("MUL", (2, 2, 2, 2, 2, 2, 2), (2, 1, 2, 1, 2, 1, 2))
