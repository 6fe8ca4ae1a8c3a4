"""QUANTIZE, activations and other functions of one value, checked on all 256."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from tests.kernels.differential import Case, assert_exact, run
from tests.kernels.draw import Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

KINDS = (
    *("ABS", "ELU", "EXP", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC"),
    *("QUANTIZE", "RELU", "RELU6", "RELU_N1_TO_1", "RSQRT", "TANH"),
)
EVERY_VALUE = np.arange(-128, 128).astype(np.int8).reshape(1, 4, 16, 4)


def _unary(
    kind: str, source: dict[str, float], target: dict[str, float], values: np.ndarray = EVERY_VALUE, **options: float
) -> Case:
    b = ModelBuilder()
    x = b.input(EVERY_VALUE.shape, **source)
    y = b.op(kind, [x], shape=EVERY_VALUE.shape, **target, **options)
    return Case(OPERATORS[kind], b.build([y]), [values])


@pytest.mark.parametrize("kind", ["ABS", "ELU", "QUANTIZE", "RELU", "RELU6"])
def test_every_value(kind: str) -> None:
    draw = Draw(len(kind))
    quants = [(draw.quant(), draw.quant()) for _ in range(50)]
    quants += [(q, q) for q, _ in quants[:10]]
    assert_exact(_unary(kind, source, target) for source, target in quants)


@pytest.mark.parametrize(("source", "target"), [("uint8", "int8"), ("int8", "uint8")])
def test_quantize_between_signed_and_unsigned(source: str, target: str) -> None:
    draw = Draw(9)
    cases = []
    for _ in range(40):
        quants = [{"scale": draw.scale(), "zero_point": draw.zero_point() + 128 * (t == "uint8")} for t in (source, target)]
        b = ModelBuilder()
        x = b.input(EVERY_VALUE.shape, source, **quants[0])
        y = b.op("QUANTIZE", [x], shape=EVERY_VALUE.shape, dtype=target, **quants[1])
        cases.append(Case(OPERATORS["QUANTIZE"], b.build([y]), [EVERY_VALUE.view(source)]))
    assert_exact(cases)


@pytest.mark.parametrize(("kind", "target"), [("LOGISTIC", (1 / 256, -128)), ("TANH", (1 / 128, 0))])
def test_sigmoids_at_every_scale(kind: str, target: tuple[float, int]) -> None:
    draw = Draw(len(kind))
    scale, zero_point = target
    sources = [{"scale": draw.scale(-9, 4), "zero_point": draw.zero_point()} for _ in range(60)]
    sources += [{"scale": 2.0**power, "zero_point": 0} for power in range(-12, 4)]
    assert_exact(_unary(kind, source, {"scale": scale, "zero_point": zero_point}) for source in sources)


def test_hard_swish() -> None:
    draw = Draw(6)
    cases = []
    for _ in range(100):
        source = draw.quant()
        # The reference takes an output at least as fine as its 16-bit input.
        scale = float(np.float32(source["scale"] * np.exp(draw.rng.uniform(-4.8, 2))))
        cases.append(_unary("HARD_SWISH", source, {"scale": scale, "zero_point": draw.zero_point()}))
    assert_exact(cases)


def test_leaky_relu_of_any_slope() -> None:
    draw = Draw(7)
    slopes = [0.0, 1.0, -1.0, 0.1, 0.2, 0.3, *draw.rng.uniform(-3, 3, 60).tolist()]
    assert_exact(_unary("LEAKY_RELU", draw.quant(), draw.quant(), alpha=slope) for slope in slopes)


def test_rsqrt_of_reals_from_zero() -> None:
    draw = Draw(8)
    cases = []
    for _ in range(60):
        source = draw.quant()
        values = np.maximum(EVERY_VALUE, source["zero_point"]).astype(np.int8)
        scale = float(np.float32(np.exp(draw.rng.uniform(-3, 2)) / np.sqrt(source["scale"]) / 100))
        cases.append(_unary("RSQRT", source, {"scale": scale, "zero_point": draw.zero_point()}, values))
    assert_exact(cases)


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


RECORDED_GELU = [
    # quantisation in and out, by tanh or not, CRC-32 of the 256 results of TensorFlow 2.21's reference kernel
    ((0.0625, 0), (0.0625, 0), False, 0xA3184A71),
    ((0.0625, 0), (0.0625, 0), True, 0xFF37616E),
    ((0.02, -37), (0.0078125, 5), False, 0x00F357A8),
    ((0.02, -37), (0.0078125, 5), True, 0xC92E9799),
    ((0.1, 90), (0.05, -120), True, 0x624F63A4),
]


@pytest.mark.parametrize(("source", "target", "approximate", "crc"), RECORDED_GELU)
def test_gelu_equals_tflite(source: tuple[float, int], target: tuple[float, int], approximate: bool, crc: int) -> None:
    """tflite_micro has no such kernel, so what TFLite gave is recorded."""
    quants = [{"scale": float(np.float32(scale)), "zero_point": zero_point} for scale, zero_point in (source, target)]
    assert zlib.crc32(run([_unary("GELU", *quants, approximate=approximate)], 0)[0].tobytes()) == crc


RECORDED_CURVES = [
    # operator, quantisation in and out, CRC-32 of the 256 results of TensorFlow 2.21's reference kernel
    ("EXP", (0.05, -10), (0.02, -128), 0x8214392C),
    ("EXP", (0.1, 0), (0.5, 3), 0xCF222534),
    ("EXP", (0.9, -90), (0.3, 100), 0xCA7225A2),
    ("LOG", (0.02, -128), (0.05, 30), 0x506D8406),
    ("LOG", (0.1, -20), (0.03, 0), 0x7EBD766A),
    ("LOG", (1.5, -128), (0.1, -128), 0xDE9E4C9C),
]


@pytest.mark.parametrize(("kind", "source", "target", "crc"), RECORDED_CURVES)
def test_exp_and_log_equal_tflite(kind: str, source: tuple[float, int], target: tuple[float, int], crc: int) -> None:
    """tflite_micro computes these in float only, so what TFLite gave is recorded."""
    quants = [{"scale": float(np.float32(scale)), "zero_point": zero_point} for scale, zero_point in (source, target)]
    assert zlib.crc32(run([_unary(kind, *quants)], 0)[0].tobytes()) == crc


@pytest.mark.parametrize("kind", KINDS)
def test_other_types_are_refused(kind: str) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "bool" if kind == "QUANTIZE" else "int32", scale=0.1)
    graph = parse(b.build([b.op(kind, [x], shape=(1, 4), scale=0.1)]), name="m", source="m.tflite")
    with pytest.raises(InputError, match=r"'input_0' is (int32, but only int8|bool, which cannot)"):
        OPERATORS[kind].check(Node(graph, graph.ops[0]))
