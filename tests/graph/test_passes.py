"""The passes: what each does and leaves alone, and that none changes a byte of any output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.graph_writer import write_graph
from tests.support.random_graphs import random_graphs
from tests.support.reference import random_inputs, run_reference
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.ir import DType, Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported
from tinykit.graph.verify import BrokenGraph, verify

QUANT = {"scale": 0.1, "zero_point": -10}
OTHER = {"scale": 0.2, "zero_point": 3}
MAP = (1, 6, 7, 4)


def simplified(model: bytes) -> Graph:
    """The graph after the passes, every byte of whose outputs is the original's."""
    graph = run_passes(parse(model, name="net", source="net.tflite"))
    check_supported(graph)
    rewritten = write_graph(graph)
    for seed in range(3):
        inputs = random_inputs(model, seed)
        for wanted, found in zip(run_reference(model, inputs), run_reference(rewritten, inputs), strict=True):
            np.testing.assert_array_equal(found, wanted)
    return graph


def kinds(graph: Graph) -> list[str]:
    return [op.kind for op in graph.ops]


@given(random_graphs(plain=True))
@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_random_graphs_keep_every_byte(model: tuple[bytes, int]) -> None:
    data, seed = model
    graph = run_passes(parse(data, name="net", source="net.tflite"))
    check_supported(graph)
    inputs = random_inputs(data, seed)
    for wanted, found in zip(run_reference(data, inputs), run_reference(write_graph(graph), inputs), strict=True):
        np.testing.assert_array_equal(found, wanted)


def conv(b: ModelBuilder, x: int, kind: str = "CONV_2D", size: int = 3, **options: object) -> int:
    """A convolution of `x`, by default SAME with stride 1 and 4 channels."""
    rng = np.random.default_rng(size)
    _, height, width, channels = b.tensors[x].shape
    options = {"padding": "SAME", **options}
    if options["padding"] == "VALID":
        height, width = height - size + 1, width - size + 1
    if kind == "CONV_2D":
        w = b.constant(rng.integers(-127, 128, (4, size, size, channels)).astype(np.int8), scale=[0.01] * 4)
    else:
        w = b.constant(rng.integers(-127, 128, (1, size, size, channels)).astype(np.int8), scale=0.02, axis=3)
    return b.op(kind, [x, w], shape=(1, height, width, 4), **{**QUANT, **options})  # type: ignore[arg-type]


def pad(b: ModelBuilder, x: int, *sides: tuple[int, int], **quant: object) -> int:
    shape = tuple(n + sum(side) for n, side in zip(b.tensors[x].shape, sides, strict=True))
    return b.op("PAD", [x], shape=shape, paddings=sides, **{**QUANT, **quant})  # type: ignore[arg-type]


SPATIAL = ((0, 0), (2, 1), (0, 3), (0, 0))


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(("scheme", "padding"), [("VALID", (2, 1, 0, 3)), ("SAME", (3, 2, 1, 4))])
def test_pad_into_convolution(kind: str, scheme: str, padding: tuple[int, ...]) -> None:
    b = ModelBuilder()
    x = b.input(MAP, **QUANT)
    graph = simplified(b.build([conv(b, pad(b, x, *SPATIAL), kind, padding=scheme)]))
    assert kinds(graph) == [kind]
    assert graph.ops[0].attrs["padding"] == padding


def test_pad_into_several_convolutions() -> None:
    b = ModelBuilder()
    padded = pad(b, b.input(MAP, **QUANT), *SPATIAL)
    outputs = [conv(b, padded, padding="VALID"), conv(b, padded, "DEPTHWISE_CONV_2D")]
    assert kinds(simplified(b.build(outputs))) == ["CONV_2D", "DEPTHWISE_CONV_2D"]


def test_pad_behind_pad() -> None:
    b = ModelBuilder()
    x = pad(b, pad(b, b.input(MAP, **QUANT), *SPATIAL), *SPATIAL)
    assert kinds(simplified(b.build([conv(b, x, padding="VALID")])))[-1] == "CONV_2D"


@pytest.mark.parametrize("zero_point", [-128, -10])
@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pad_stays_before_a_pool(kind: str, zero_point: int) -> None:
    """An average counts what PAD wrote; a maximum may be it."""
    quant = {"scale": 0.1, "zero_point": zero_point}
    b = ModelBuilder()
    x = pad(b, b.input(MAP, **quant), (0, 0), (1, 0), (0, 1), (0, 0), **quant)
    y = b.op(kind, [x], shape=(1, 6, 7, 4), filter=(2, 2), **quant)
    assert kinds(simplified(b.build([y]))) == ["PAD", kind]


def test_pad_stays_where_it_is_an_output() -> None:
    b = ModelBuilder()
    x = pad(b, b.input(MAP, **QUANT), *SPATIAL)
    assert kinds(simplified(b.build([x, conv(b, x)]))) == ["PAD", "CONV_2D"]


def test_pad_stays_where_another_operator_reads_it() -> None:
    b = ModelBuilder()
    x = pad(b, b.input(MAP, **QUANT), *SPATIAL)
    y = b.op("ADD", [conv(b, x), x], shape=b.tensors[x].shape, **QUANT)
    assert kinds(simplified(b.build([y]))) == ["PAD", "CONV_2D", "ADD"]


def test_pad_of_channels_stays() -> None:
    b = ModelBuilder()
    x = pad(b, b.input(MAP, **QUANT), (0, 0), (1, 1), (1, 1), (1, 0))
    assert kinds(simplified(b.build([conv(b, x)]))) == ["PAD", "CONV_2D"]


def test_pad_that_changes_the_zero_point_stays() -> None:
    """It copies the bytes as they are; a convolution's padding would be the other zero point."""
    b = ModelBuilder()
    x = pad(b, b.input(MAP, **OTHER), *SPATIAL)
    assert kinds(simplified(b.build([conv(b, x)]))) == ["PAD", "CONV_2D"]


@pytest.mark.parametrize("kind", ["RELU", "RELU6"])
@pytest.mark.parametrize("producer", ["CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_activation_is_fused(kind: str, producer: str) -> None:
    b = ModelBuilder()
    x = b.input(MAP, **QUANT)
    if producer == "ADD":
        y = b.op("ADD", [x, x], shape=MAP, **QUANT)
    elif "CONV" in producer:
        y = conv(b, x, producer)
    else:
        y = b.op(producer, [x], shape=MAP, filter=(2, 3), padding="SAME", **QUANT)
    graph = simplified(b.build([b.op(kind, [y], shape=MAP, **QUANT)]))
    assert kinds(graph) == [producer]
    assert graph.ops[0].attrs["activation"] == kind.lower()


def test_activation_of_a_dense_layer_is_fused() -> None:
    b = ModelBuilder()
    x = b.input((1, 8), **QUANT)
    w = b.constant(np.arange(-16, 16, dtype=np.int8).reshape(4, 8), scale=0.05)
    y = b.op("FULLY_CONNECTED", [x, w], shape=(1, 4), **QUANT)
    graph = simplified(b.build([b.op("RELU6", [y], shape=(1, 4), **QUANT)]))
    assert kinds(graph) == ["FULLY_CONNECTED"]


def test_activation_stays_where_it_requantises() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    assert kinds(simplified(b.build([b.op("RELU", [y], shape=MAP, **OTHER)]))) == ["CONV_2D", "RELU"]


def test_activation_stays_where_its_input_is_read_elsewhere() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    z = b.op("RELU", [y], shape=MAP, **QUANT)
    z = b.op("ADD", [y, z], shape=MAP, **QUANT)
    assert kinds(simplified(b.build([z]))) == ["CONV_2D", "RELU", "ADD"]


def test_activation_stays_where_its_input_is_an_output() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    assert kinds(simplified(b.build([y, b.op("RELU", [y], shape=MAP, **QUANT)]))) == ["CONV_2D", "RELU"]


def test_activation_stays_behind_an_activation() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT), activation="RELU")
    assert kinds(simplified(b.build([b.op("RELU6", [y], shape=MAP, **QUANT)]))) == ["CONV_2D", "RELU6"]


def test_float_ports() -> None:
    b = ModelBuilder()
    x = b.input(MAP, "float32", name="image")
    y = b.op("QUANTIZE", [x], shape=MAP, **QUANT)
    y = conv(b, y)
    y = b.op("DEQUANTIZE", [y], shape=MAP, dtype="float32", name="result")
    graph = simplified(b.build([y]))
    assert kinds(graph) == ["CONV_2D"]
    ports = (graph.inputs[0], graph.outputs[0])
    assert [(p.name, p.dtype) for p in ports] == [("image", DType.FLOAT32), ("result", DType.FLOAT32)]
    assert all(graph.tensors[p.tensor].dtype is DType.INT8 for p in ports)


def test_uint8_ports() -> None:
    outside = {"scale": 0.1, "zero_point": 118}
    b = ModelBuilder()
    x = b.input(MAP, "uint8", **outside)
    y = conv(b, b.op("QUANTIZE", [x], shape=MAP, **QUANT))
    graph = simplified(b.build([b.op("QUANTIZE", [y], shape=MAP, dtype="uint8", **outside)]))
    assert kinds(graph) == ["CONV_2D"]
    assert (graph.inputs[0].dtype, graph.outputs[0].dtype) == (DType.UINT8, DType.UINT8)


def test_an_output_in_float_and_in_int8() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    z = b.op("DEQUANTIZE", [y], shape=MAP, dtype="float32")
    graph = simplified(b.build([y, z]))
    assert kinds(graph) == ["CONV_2D"]
    assert [p.dtype for p in graph.outputs] == [DType.INT8, DType.FLOAT32]


def test_quantize_to_the_same_goes() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    y = b.op("QUANTIZE", [y], shape=MAP, **QUANT)
    assert kinds(simplified(b.build([conv(b, y)]))) == ["CONV_2D", "CONV_2D"]


def test_quantize_to_another_stays() -> None:
    b = ModelBuilder()
    y = conv(b, b.input(MAP, **QUANT))
    y = b.op("QUANTIZE", [y], shape=MAP, **OTHER)
    assert kinds(simplified(b.build([y]))) == ["CONV_2D", "QUANTIZE"]


@pytest.mark.parametrize("kind", ["RESHAPE", "SQUEEZE", "EXPAND_DIMS"])
def test_reshape_is_a_view(kind: str) -> None:
    b = ModelBuilder()
    y = conv(b, b.input((1, 6, 1, 4), **QUANT))
    shape = {"RESHAPE": (2, 12), "SQUEEZE": (6, 4), "EXPAND_DIMS": (1, 6, 1, 4, 1)}[kind]
    inputs = [y, b.constant(np.array([4], np.int32))] if kind == "EXPAND_DIMS" else [y]
    graph = parse(b.build([b.op(kind, inputs, shape=shape, **QUANT)]), name="net", source="net.tflite")
    graph = run_passes(graph)
    assert kinds(graph) == ["CONV_2D"]
    output = graph.tensors[graph.outputs[0].tensor]
    assert (output.shape, output.alias_of) == (shape, graph.ops[0].outputs[0])


def test_view_of_the_input_and_of_a_view() -> None:
    b = ModelBuilder()
    x = b.input((1, 168), **QUANT)
    y = b.op("RESHAPE", [b.op("RESHAPE", [x], shape=(4, 42), **QUANT)], shape=MAP, **QUANT)
    graph = simplified(b.build([conv(b, y)]))
    assert kinds(graph) == ["CONV_2D"]
    assert graph.storage(graph.ops[0].inputs[0] or 0) == graph.inputs[0].tensor


def means(shape: tuple[int, ...], perm: tuple[int, ...], *axes: list[int], keep: bool = False) -> Graph:
    """TRANSPOSE of an input, then a MEAN over each of `axes`."""
    b = ModelBuilder()
    y = b.op("RELU", [b.input(shape, **QUANT)], shape=shape, **OTHER)
    shape = tuple(shape[axis] for axis in perm)
    y = b.op("TRANSPOSE", [y], shape=shape, perm=perm, **OTHER)
    for step, reduced in enumerate(axes):
        shape = tuple(1 if a in reduced else n for a, n in enumerate(shape) if keep or a not in reduced)
        quant = {"scale": 0.15 - 0.05 * step, "zero_point": 5}
        y = b.op("MEAN", [y], shape=shape, axes=reduced, keep_dims=keep, **quant)
    return simplified(b.build([y]))


@pytest.mark.parametrize(
    ("perm", "axes"),
    [
        ((0, 3, 1, 2), [[2], [2]]),
        ((0, 3, 1, 2), [[3], [2]]),
        ((0, 3, 1, 2), [[2, 3]]),
        ((0, 3, 2, 1), [[2], [2]]),
        ((3, 0, 1, 2), [[3, 2]]),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(1, 3, 5, 4), (1, 1, 6, 2)], ids=str)
def test_transpose_sinks_through_means_and_vanishes(shape: tuple[int, ...], perm: tuple, axes: list) -> None:
    assert kinds(means(shape, perm, *axes)) == ["RELU", *["MEAN"] * len(axes)]


def test_transpose_with_kept_dimensions() -> None:
    assert kinds(means((1, 3, 5, 4), (0, 3, 1, 2), [2, 3], keep=True)) == ["RELU", "MEAN"]


def test_transpose_that_still_permutes_stays() -> None:
    assert sorted(kinds(means((2, 3, 5, 4), (3, 1, 2, 0), [1]))) == ["MEAN", "RELU", "TRANSPOSE"]


def test_transpose_read_twice_stays() -> None:
    b = ModelBuilder()
    y = b.op("TRANSPOSE", [b.input(MAP, **QUANT)], shape=(1, 4, 6, 7), perm=(0, 3, 1, 2), **QUANT)
    outputs = [b.op("MEAN", [y], shape=(1, 4, 6), axes=[3], **OTHER), b.op("RELU", [y], shape=(1, 4, 6, 7), **QUANT)]
    assert kinds(simplified(b.build(outputs))) == ["TRANSPOSE", "MEAN", "RELU"]


def test_dead_operators_go() -> None:
    b = ModelBuilder()
    x = b.input(MAP, **QUANT)
    y = conv(b, x)
    conv(b, conv(b, y))
    graph = simplified(b.build([y]))
    assert kinds(graph) == ["CONV_2D"]
    used = {i for op in graph.ops for i in (*op.inputs, *op.outputs)}
    assert set(graph.tensors) == used


def small() -> Graph:
    b = ModelBuilder()
    y = b.op("RELU", [b.input((1, 8), **QUANT)], shape=(1, 8), **OTHER)
    y = b.op("RELU6", [y], shape=(1, 8), **QUANT)
    return parse(b.build([y]), name="net", source="net.tflite")


def test_verifier_shows_operator_and_sources() -> None:
    graph = small()
    with pytest.raises(BrokenGraph) as caught:
        verify(replace(graph, ops=graph.ops[::-1]), after="reversing")
    message = str(caught.value)
    assert "after reversing" in message
    assert "operator 1 RELU6" in message
    assert "'relu_0' int8[1, 8] from operator 0 RELU" in message


def test_verifier_refuses_what_is_written_twice_or_missing() -> None:
    graph = small()
    with pytest.raises(BrokenGraph, match="written again"):
        verify(replace(graph, ops=(*graph.ops, graph.ops[0])))
    with pytest.raises(BrokenGraph, match="never written"):
        verify(replace(graph, ops=graph.ops[:1]))
    with pytest.raises(BrokenGraph, match="read before"):
        verify(replace(graph, ops=(replace(graph.ops[0], inputs=(99,)), graph.ops[1])))


def test_verifier_refuses_a_view_of_another_size() -> None:
    graph = small()
    wrong = replace(graph.tensors[1], shape=(1, 9), alias_of=0)
    with pytest.raises(BrokenGraph, match="does not fit"):
        verify(replace(graph, tensors={**graph.tensors, 1: wrong}))


@pytest.mark.parametrize("shape", [(5, 6), (1, 4, 6), (1, 3, 4, 6), (2, 3, 4, 6)])
@pytest.mark.parametrize("keep", [False, True])
def test_a_dense_layer_of_tokens_is_a_convolution(shape: tuple[int, ...], keep: bool) -> None:
    rng = np.random.default_rng(len(shape))
    b = ModelBuilder()
    scales = np.float32([0.01, 0.02, 0.03, 0.04, 0.05])
    weights = b.constant(rng.integers(-127, 128, (5, 6)).astype(np.int8), scale=scales)
    bias = b.constant(rng.integers(-999, 999, 5).astype(np.int32), scale=np.float32(0.1) * scales)
    out = (*shape[:-1], 5) if keep else (int(np.prod(shape)) // 6, 5)
    x = b.op("RELU", [b.input(shape, **QUANT)], shape=shape, **QUANT)
    y = b.op("FULLY_CONNECTED", [x, weights, bias], shape=out, keep_num_dims=keep, activation="RELU6", **OTHER)
    graph = simplified(b.build([y]))
    assert kinds(graph) == ["RELU", "CONV_2D"]
    assert graph.tensors[graph.outputs[0].tensor].shape == out


def test_a_dense_layer_of_one_vector_stays_one() -> None:
    b = ModelBuilder()
    weights = b.constant(np.ones((5, 6), np.int8), scale=0.01)
    graph = simplified(b.build([b.op("FULLY_CONNECTED", [b.input((1, 6), **QUANT), weights], shape=(1, 5), **OTHER)]))
    assert kinds(graph) == ["FULLY_CONNECTED"]
