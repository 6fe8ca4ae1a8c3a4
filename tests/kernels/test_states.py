"""SVDF and LSTM: operators with a state of their own, several inferences in a row."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.kernels.differential import PORTABLE, Case, assert_exact
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

RUNS = 12


def _weights(draw: Draw, shape: tuple[int, ...], dtype: str = "int8") -> np.ndarray:
    most = 127 if dtype == "int8" else 2000
    return draw.rng.integers(-most, most + 1, shape).astype(dtype)


def svdf(draw: Draw, state: str) -> tuple[ModelBuilder, int]:
    batches, inputs, units, rank, memory = (draw.integer(1, n) for n in (2, 12, 6, 3, 9))
    filters = units * rank
    at, feature, kept = draw.quant(), draw.scale(), draw.scale(-2, 2)
    time = draw.scale(-6, -3) if state == "int8" else draw.scale(-10, -7)
    zero_point = draw.pick((0, draw.integer(-20, 20))) if state == "int8" else 0
    bias = float(np.float32(kept) * np.float32(time))
    b = ModelBuilder()
    operands = [
        b.input((batches, inputs), **at),
        b.constant(_weights(draw, (filters, inputs)), scale=feature),
        b.constant(_weights(draw, (filters, memory), state), scale=time),
        b.constant(draw.rng.integers(-3000, 3000, units).astype(np.int32), scale=bias),
        b.tensor((batches, memory * filters), state, scale=kept, zero_point=zero_point, variable=True),
    ]
    spread = math.exp(draw.rng.uniform(4, 7) + 3 * (state == "int16"))
    out = {"scale": float(np.float32(bias * spread)), "zero_point": draw.zero_point()}
    return b, b.op("SVDF", operands, shape=(batches, units), rank=rank, **out)


def lstm(draw: Draw, steps: int = 0) -> tuple[ModelBuilder, int]:
    batches, few, inputs, units = (draw.integer(1, n) for n in (2, 4, 9, 7))
    steps = steps or few
    major = draw.chance(3)
    first = (steps, batches) if major else (batches, steps)
    at, hidden = draw.quant(), {"scale": draw.scale(-5, -4), "zero_point": draw.zero_point()}
    b = ModelBuilder()
    operands: list[int | None] = [None] * 24
    operands[0] = b.input((*first, inputs), **at)
    for i in range(4):
        scale = float(np.float32(draw.scale(-7, -2) / at["scale"] / math.sqrt(inputs) / 20))
        operands[1 + i] = b.constant(_weights(draw, (units, inputs)), scale=scale)
        operands[5 + i] = b.constant(_weights(draw, (units, units)), scale=draw.scale(-6, -3))
        operands[12 + i] = b.constant(draw.rng.integers(-5000, 5000, units).astype(np.int32), scale=scale * at["scale"])
    cell = 2.0 ** draw.integer(-15, -8)
    operands[18] = b.tensor((batches, units), variable=True, **hidden)
    operands[19] = b.tensor((batches, units), "int16", scale=cell, variable=True)
    clip = draw.pick((0.0, 0.0, float(np.float32(draw.scale(-1, 1)))))
    options = {"activation": "TANH", "cell_clip": clip, "time_major": major}
    return b, b.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, shape=(*first, units), **hidden, **options)


def _case(draw: Draw, kind: str, b: ModelBuilder, y: int) -> Case:
    values = [draw.values(b.tensors[b.inputs[0]].shape) for _ in range(RUNS)]
    return Case(OPERATORS[kind], b.build([y]), [np.stack(values)], runs=RUNS)


@pytest.mark.parametrize("state", ["int8", "int16"])
def test_svdf(state: str) -> None:
    draw = Draw(len(state))
    assert assert_exact((_case(draw, "SVDF", *svdf(draw, state)) for _ in range(40)), PORTABLE) == {f"tk_svdf_s{state[3:]}"}


def test_lstm() -> None:
    draw = Draw(3)
    assert_exact((_case(draw, "UNIDIRECTIONAL_SEQUENCE_LSTM", *lstm(draw)) for _ in range(60)), PORTABLE)


def test_svdf_to_the_last_bit_of_its_state() -> None:
    """The bias takes away the state that is expected, so that the output shows how each of 3,000 was rounded."""
    draw, cases, units = Draw(3), [], 3000
    for _ in range(12):
        at, feature, time = draw.scale(), draw.scale(), draw.scale(-10, -7)
        kept = float(np.float32(at * feature * math.exp(draw.rng.uniform(-0.5, 0.2))))
        weights = _weights(draw, (units, 1))
        expected = np.clip(np.rint(255.0 * weights[:, 0] * at * feature / kept), -32768, 32767).astype(np.int32)
        b, bias = ModelBuilder(), float(np.float32(kept) * np.float32(time))
        operands = [
            b.input((1, 1), scale=at, zero_point=-128),
            b.constant(weights, scale=feature),
            b.constant(np.ones((units, 1), np.int16), scale=time),
            b.constant(-expected, scale=bias),
            b.tensor((1, units), "int16", scale=kept, zero_point=0, variable=True),
        ]
        y = b.op("SVDF", operands, shape=(1, units), rank=1, scale=bias, zero_point=0)
        cases.append(Case(OPERATORS["SVDF"], b.build([y]), [np.full((1, 1, 1), 127, np.int8)], runs=1))
    assert_exact(cases, PORTABLE)


def test_long_sequences() -> None:
    draw = Draw(17)
    cases = [_case(draw, "UNIDIRECTIONAL_SEQUENCE_LSTM", *lstm(draw, steps=100)) for _ in range(3)]
    assert_exact(cases, PORTABLE)


def _replaced(index: int, dtype: str, shape: tuple[int, ...], **more: float) -> Callable[[ModelBuilder], None]:
    """Another constant as input `index`."""

    def change(b: ModelBuilder) -> None:
        b.operators[0].inputs[index] = b.constant(np.ones(shape, dtype), **{"scale": 0.1, **more})

    return change


def _dropped(index: int) -> Callable[[ModelBuilder], None]:
    def change(b: ModelBuilder) -> None:
        b.operators[0].inputs[index] = -1

    return change


def _option(name: str, value: object) -> Callable[[ModelBuilder], None]:
    def change(b: ModelBuilder) -> None:
        b.operators[0].options[name] = value

    return change


BAD_SVDF = [
    (_replaced(1, "int8", (7, 99)), "do not go together"),
    (_replaced(1, "int16", (7, 9)), "types are not supported"),
    (_replaced(3, "int32", (77,)), "do not suit"),
    (_replaced(4, "int8", (1, 9)), "must be a variable"),
    (_dropped(3), "no bias"),
    (_dropped(2), "no input 2"),
    (_option("rank", 0), "do not suit"),
]
BAD_LSTM = [
    (_replaced(2, "int8", (77, 3)), "must be a constant of int8"),
    (_replaced(13, "int32", (77,)), "must be a constant of int32"),
    (_replaced(6, "int8", (5, 77)), "must be a constant of int8"),
    (_replaced(9, "int8", (5,)), "peepholes"),
    (_replaced(18, "int8", (1, 5)), "must be a variable"),
    (_dropped(1), "no input 1"),
    (_option("activation", "RELU"), "only tanh"),
    (_option("cell_clip", math.inf), "its clip a number"),
]


@pytest.mark.parametrize(
    ("make", "change", "sentence"),
    [(lambda: svdf(Draw(1), "int8"), *bad) for bad in BAD_SVDF] + [(lambda: lstm(Draw(1)), *bad) for bad in BAD_LSTM],
)
def test_refusals(make: Callable[[], tuple[ModelBuilder, int]], change: Callable[[ModelBuilder], None], sentence: str) -> None:
    b, y = make()
    change(b)
    graph = parse(b.build([y]), name="m", source="m.tflite")
    with pytest.raises(InputError, match=sentence):
        OPERATORS[graph.ops[0].kind].check(Node(graph, graph.ops[0]))
