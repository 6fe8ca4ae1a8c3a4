"""Islands of float32 between DEQUANTIZE and QUANTIZE: one table where one value decides, else operators on reals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.kernels.draw import Draw
from tests.support.reference import runtime
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.ir import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported
from tinykit.ops.base import Array, Node
from tinykit.ops.registry import OPERATORS

EVERY_VALUE = np.arange(-128, 128).astype(np.int8).reshape(1, 8, 8, 4)
SHAPE = EVERY_VALUE.shape
PLAIN = ("ABS", "ELU", "LEAKY_RELU", "LOGISTIC", "NEG", "RELU", "RELU6", "SQUARE", "TANH")
POSITIVE = ("LOG", "RSQRT", "SQRT")
PAIRS = ("ADD", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")


def simplified(data: bytes) -> Graph:
    graph = run_passes(parse(data, name="net", source="net.tflite"))
    check_supported(graph)
    return graph


def step(b: ModelBuilder, x: int, draw: Draw, kinds: tuple[str, ...]) -> int:
    kind = draw.pick(kinds)
    if kind not in PAIRS:
        options = {"alpha": draw.scale()} if kind == "LEAKY_RELU" else {}
        return b.op(kind, [x], shape=SHAPE, dtype="float32", **options)
    constant = b.constant(np.array(draw.rng.normal(0, 2), np.float32).reshape(draw.pick(((), (1,), (1, 1, 1, 1)))))
    options: dict[str, Any] = {"activation": draw.pick(("NONE", "RELU"))} if kind in ("ADD", "MUL", "SUB") else {}
    inputs = [constant, x] if draw.chance(2) else [x, constant]
    return b.op(kind, inputs, shape=SHAPE, dtype="float32", **options)


def island(draw: Draw) -> bytes:
    """One to three functions, then perhaps one that wants positive values."""
    b = ModelBuilder()
    source = {"scale": draw.scale(-5, -3), "zero_point": draw.zero_point()}
    x = b.op("DEQUANTIZE", [b.input(SHAPE, **source)], shape=SHAPE, dtype="float32")
    for _ in range(draw.integer(1, 3)):
        x = step(b, x, draw, (*PLAIN, *PAIRS))
    if draw.chance(3):
        x = b.op("MINIMUM", [x, b.constant(np.array(4, np.float32))], shape=SHAPE, dtype="float32")
        x = b.op("EXP", [x], shape=SHAPE, dtype="float32")
        x = step(b, x, draw, POSITIVE)
    return b.build([b.op("QUANTIZE", [x], shape=SHAPE, scale=draw.scale(-5, 0), zero_point=draw.zero_point())])


def computed(model: bytes) -> np.ndarray:
    interpreter = runtime().Interpreter.from_bytes(model, arena_size=1 << 18)
    interpreter.set_input(EVERY_VALUE, 0)
    interpreter.invoke()
    return np.array(interpreter.get_output(0)).reshape(-1)


@pytest.mark.parametrize("seed", range(60))
def test_tables_equal_what_tflite_micro_computes(seed: int) -> None:
    model = island(Draw(seed))
    (op,) = (graph := simplified(model)).ops
    assert op.kind == "QUANTIZE"
    node = Node(graph, op)
    table = OPERATORS["QUANTIZE"].kernels[0].params(node).fields["table"]
    assert isinstance(table, Array)
    np.testing.assert_array_equal(table.values, computed(model), str(op.attrs["through"]))


def kinds(data: bytes) -> list[str]:
    return [op.kind for op in simplified(data).ops]


AT = {"scale": 0.1, "zero_point": 3}


def dequantised(b: ModelBuilder, shape: tuple[int, ...] = (1, 4, 4, 3)) -> int:
    return b.op("DEQUANTIZE", [b.input(shape, **AT)], shape=shape, dtype="float32")


def test_an_island_of_two_values_stays() -> None:
    b = ModelBuilder()
    x, y = dequantised(b), dequantised(b)
    z = b.op("MUL", [x, y], shape=(1, 4, 4, 3), dtype="float32")
    z = b.op("QUANTIZE", [z], shape=(1, 4, 4, 3), **AT)
    assert kinds(b.build([z])) == ["DEQUANTIZE", "DEQUANTIZE", "MUL", "QUANTIZE"]


def test_a_value_read_twice_is_a_table_each_time() -> None:
    b = ModelBuilder()
    x = dequantised(b)
    outputs = []
    for kind in ("NEG", "SQUARE"):
        y = b.op(kind, [x], shape=(1, 4, 4, 3), dtype="float32")
        outputs.append(b.op("QUANTIZE", [y], shape=(1, 4, 4, 3), **AT))
    assert kinds(b.build(outputs)) == ["QUANTIZE", "QUANTIZE"]


def test_a_constant_for_each_channel_stays() -> None:
    b = ModelBuilder()
    y = b.op("MUL", [dequantised(b), b.constant(np.ones(3, np.float32))], shape=(1, 4, 4, 3), dtype="float32")
    assert kinds(b.build([b.op("QUANTIZE", [y], shape=(1, 4, 4, 3), **AT)])) == ["DEQUANTIZE", "MUL", "QUANTIZE"]


def test_same_quantisation_on_both_sides_is_no_view_where_something_happens() -> None:
    b = ModelBuilder()
    y = b.op("NEG", [dequantised(b)], shape=(1, 4, 4, 3), dtype="float32")
    assert kinds(b.build([b.op("QUANTIZE", [y], shape=(1, 4, 4, 3), **AT)])) == ["QUANTIZE"]
