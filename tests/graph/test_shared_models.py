"""The public models: what the graph of each looks like, and that its passes change no byte."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.support.graph_writer import write_graph
from tests.support.reference import random_inputs, run_reference
from tinykit.graph import load
from tinykit.graph.ir import DType
from tinykit.graph.reader import identifier, read
from tinykit.graph.verify import verify

# Operators after the passes, and the shapes of input and output.
GOLDEN = {
    "ad_autoencoder_int8": ({"FULLY_CONNECTED": 10}, (1, 640), (1, 640)),
    "hello_world_int8": ({"FULLY_CONNECTED": 3}, (1, 1), (1, 1)),
    "ic_resnet8_int8": (
        {"CONV_2D": 9, "ADD": 3, "AVERAGE_POOL_2D": 1, "FULLY_CONNECTED": 1, "SOFTMAX": 1},
        (1, 32, 32, 3),
        (1, 10),
    ),
    "kws_dscnn_int8": (
        {"CONV_2D": 5, "DEPTHWISE_CONV_2D": 4, "AVERAGE_POOL_2D": 1, "FULLY_CONNECTED": 1, "SOFTMAX": 1},
        (1, 49, 10, 1),
        (1, 12),
    ),
    "mcunet_vww_int8io": (
        {"CONV_2D": 30, "DEPTHWISE_CONV_2D": 15, "ADD": 8, "MEAN": 2, "FULLY_CONNECTED": 1},
        (1, 80, 80, 3),
        (1, 2),
    ),
    "mcunet_vww_tinyengine": (
        {"CONV_2D": 30, "DEPTHWISE_CONV_2D": 15, "ADD": 8, "MEAN": 2, "FULLY_CONNECTED": 1},
        (1, 80, 80, 3),
        (1, 2),
    ),
    "micro_speech_int8": ({"DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "SOFTMAX": 1}, (1, 1960), (1, 4)),
    "person_detect_int8": (
        {"CONV_2D": 14, "DEPTHWISE_CONV_2D": 14, "AVERAGE_POOL_2D": 1, "SOFTMAX": 1},
        (1, 96, 96, 1),
        (1, 2),
    ),
    "sww_streaming_int8": (
        {"CONV_2D": 4, "DEPTHWISE_CONV_2D": 4, "FULLY_CONNECTED": 1, "SOFTMAX": 1},
        (1, 30, 1, 40),
        (1, 3),
    ),
    "vww_mobilenet025_96_int8": (
        {"CONV_2D": 14, "DEPTHWISE_CONV_2D": 13, "AVERAGE_POOL_2D": 1, "FULLY_CONNECTED": 1, "SOFTMAX": 1},
        (1, 96, 96, 3),
        (1, 2),
    ),
}


def test_operators_and_ports(shared_model: Path) -> None:
    graph = load(shared_model)
    kinds, into, out = GOLDEN[shared_model.stem]
    assert Counter(op.kind for op in graph.ops) == kinds
    assert [graph.tensors[p.tensor].shape for p in (*graph.inputs, *graph.outputs)] == [into, out]
    assert all(graph.tensors[p.tensor].dtype is DType.INT8 for p in (*graph.inputs, *graph.outputs))
    outside = DType.FLOAT32 if shared_model.stem == "mcunet_vww_tinyengine" else DType.INT8
    assert {p.dtype for p in (*graph.inputs, *graph.outputs)} == {outside}
    assert graph.name == shared_model.stem
    assert graph.source == shared_model.name
    assert graph.sha256 == hashlib.sha256(shared_model.read_bytes()).hexdigest()
    verify(graph)


def test_no_byte_changes(shared_model: Path) -> None:
    model, rewritten = shared_model.read_bytes(), write_graph(load(shared_model))
    for seed in range(2):
        inputs = random_inputs(model, seed)
        for wanted, found in zip(run_reference(model, inputs), run_reference(rewritten, inputs), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_no_operator_of_mcunet_moves_bytes_only(shared_models: Path) -> None:
    """Its exporter wraps a mean in TRANSPOSE and pads in operators of their own; both are gone."""
    graph = load(shared_models / "mcunet_vww_int8io.tflite")
    means = [op for op in graph.ops if op.kind == "MEAN"]
    assert graph.tensors[means[0].inputs[0] or 0].shape == (1, 3, 3, 160)
    assert graph.tensors[means[0].outputs[0]].shape == (1, 3, 160)
    assert graph.tensors[means[1].outputs[0]].shape == (1, 160)
    strided = [op.attrs["padding"] for op in graph.ops if op.attrs.get("stride") == (2, 2)]
    assert strided == [(1, 1, 1, 1), (1, 1, 1, 1), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2)]


def test_bias_with_the_axis_of_its_weights(shared_models: Path) -> None:
    graph = read(shared_models / "person_detect_int8.tflite")
    biases = [graph.tensors[op.inputs[2]] for op in graph.ops if len(op.inputs) == 3 and op.inputs[2] is not None]
    assert biases
    assert all(t.quant is not None and t.quant.axis == 0 for t in biases if len(t.shape) == 1)


def test_constants_are_read_only_views(shared_models: Path) -> None:
    graph = read(shared_models / "kws_dscnn_int8.tflite")
    constants = [t.data for t in graph.tensors.values() if t.data is not None]
    assert constants
    assert not any(data.flags.writeable or data.flags.owndata for data in constants)


def test_reading_is_quick(shared_models: Path) -> None:
    path = shared_models / "mcunet_vww_int8io.tflite"
    load(path)
    best = min(_seconds(path) for _ in range(3))
    assert best < 0.3


def _seconds(path: Path) -> float:
    start = time.perf_counter()
    load(path)
    return time.perf_counter() - start


def test_reading_imports_no_tensorflow(shared_models: Path) -> None:
    path = shared_models / "hello_world_int8.tflite"
    code = f"import sys, pathlib, tinykit.graph; tinykit.graph.load(pathlib.Path({str(path)!r}))"
    code += "; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_become_identifiers() -> None:
    expected = {
        "kws_dscnn_int8": "kws_dscnn_int8",
        "My Model.int8": "my_model_int8",
        "2fast": "model_2fast",
        "int": "model_int",
        "a--b__c": "a_b_c",
        "_x_": "x",
        "模型": "model",
        "": "model",
        "tk": "model_tk",
    }
    assert {stem: identifier(stem) for stem in expected} == expected


@pytest.mark.parametrize("stem", ["x" * 300, "a" * 47 + "-b", "%s\n\0", "switch"])
def test_any_name_becomes_an_identifier(stem: str) -> None:
    name = identifier(stem)
    assert name.isidentifier() and name.isascii() and "__" not in name and not name.endswith("_")
    assert len(name) < 64 and name != "switch"
