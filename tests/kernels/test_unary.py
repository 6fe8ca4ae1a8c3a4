"""QUANTIZE and the RELUs: functions of one value, checked on all 256."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact, run
from tests.kernels.draw import Draw
from tests.support.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.quantize import QUANTIZE
from tinykit.ops.relu import RELU, RELU6, RELU_N1_TO_1

OPERATORS = {"QUANTIZE": QUANTIZE, "RELU": RELU, "RELU6": RELU6, "RELU_N1_TO_1": RELU_N1_TO_1}
EVERY_VALUE = np.arange(-128, 128).astype(np.int8).reshape(1, 4, 16, 4)


def _unary(kind: str, source: dict[str, float], target: dict[str, float]) -> Case:
    b = ModelBuilder()
    x = b.input(EVERY_VALUE.shape, **source)
    y = b.op(kind, [x], shape=EVERY_VALUE.shape, **target)
    return Case(OPERATORS[kind], b.build([y]), [EVERY_VALUE])


@pytest.mark.parametrize("kind", ["QUANTIZE", "RELU", "RELU6"])
def test_every_value(kind: str) -> None:
    draw = Draw(len(kind))
    quants = [(draw.quant(), draw.quant()) for _ in range(50)]
    quants += [(q, q) for q, _ in quants[:10]]
    assert_exact(_unary(kind, source, target) for source, target in quants)


RECORDED = [
    # quantisation in and out, CRC-32 of the 256 results of TensorFlow 2.21's reference kernel
    ((0.0625, 0), (0.0625, 0), 0x53398C7B),
    ((0.02, -37), (0.0078125, 5), 0xA6B39CFE),
    ((0.0078125, -128), (0.011, 127), 0xAFE3118B),
    ((1.5, 3), (0.4, -128), 0xBDAEDC05),
    ((0.001, 90), (0.07, -1), 0x19E5F807),
]


@pytest.mark.parametrize(("source", "target", "crc"), RECORDED)
def test_relu_n1_to_1_equals_tflite(source: tuple[float, int], target: tuple[float, int], crc: int) -> None:
    """tflite_micro has no such kernel, so what TFLite gave is recorded."""
    quants = [{"scale": scale, "zero_point": zero_point} for scale, zero_point in (source, target)]
    assert zlib.crc32(run([_unary("RELU_N1_TO_1", *quants)], 0)[0].tobytes()) == crc


@pytest.mark.parametrize("kind", OPERATORS)
def test_other_types_are_refused(kind: str) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "int16", scale=0.1)
    graph = parse(b.build([b.op(kind, [x], shape=(1, 4), scale=0.1)]), name="m", source="m.tflite")
    with pytest.raises(InputError, match=r"'input_0' is int16, but only int8 is supported"):
        OPERATORS[kind].check(Node(graph, graph.ops[0]))
