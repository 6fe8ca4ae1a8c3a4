"""Keras models through TensorFlow in its own process: the same bytes twice, safe loading, and what is refused.

One process with TensorFlow writes all the models; each quantising is another.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.support.reference import run_reference, runtime
from tinykit.errors import InputError
from tinykit.graph.ir import DType
from tinykit.graph.reader import read
from tinykit.quantizer.convert import quantize


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_same_model_gives_the_same_int8_bytes(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = quantize(models / "net.keras", models / "images.npz")
    again = quantize(models / "net.keras", models / "images.npz")
    assert not first.cached and again.cached
    monkeypatch.setenv("TINYKIT_CACHE", str(tmp_path / "elsewhere"))
    other = quantize(models / "net.keras", models / "images.npz")
    assert not other.cached and other.path.read_bytes() == first.path.read_bytes()
    graph = read(first.path)
    assert {graph.tensors[port.tensor].dtype for port in (*graph.inputs, *graph.outputs)} == {DType.INT8}
    conv = next(op for op in graph.ops if op.kind == "CONV_2D")
    quant = graph.tensors[conv.inputs[1] or 0].quant
    assert quant is not None and quant.per_channel


def test_an_h5_file_is_taken_where_it_loads_safely(models: Path) -> None:
    made = quantize(models / "net.h5", models / "images.npz")
    assert read(made.path).ops


@pytest.mark.parametrize("name", ["lambda.keras", "lambda.h5"])
def test_code_in_a_model_file_is_not_run(models: Path, cache: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: Keras cannot load it safely: ") as caught:
        quantize(models / name, models / "four.npz")
    assert "\n" not in caught.value.message
    assert not list(cache.rglob("*.tflite"))


def test_a_shape_left_open_is_refused(models: Path) -> None:
    with pytest.raises(InputError, match="fixed shape"):
        quantize(models / "open.keras", models / "series.npz")


def test_recurrent_layers_are_unrolled(models: Path) -> None:
    made = quantize(models / "lstm.keras", models / "series.npz")
    kinds = {op.kind for op in read(made.path).ops}
    assert "WHILE" not in kinds and "TANH" in kinds
    (found,) = run_reference(made.path.read_bytes(), [np.zeros((1, 5, 3), np.int8)])
    assert found.shape == (1, 2)


def test_calibration_that_is_not_there_or_not_data(models: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.npz"):
        quantize(models / "net.keras", tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04rubbish")
    with pytest.raises(InputError, match="not readable"):
        quantize(models / "net.keras", tmp_path / "bad.npz")
    with pytest.raises(InputError, match="sample inputs"):
        quantize(models / "net.keras", None)


def test_a_model_of_two_inputs_and_outputs_with_int16_activations(models: Path, tmp_path: Path) -> None:
    made = quantize(models / "two.keras", models / "two.npz", activations="int16")
    graph = read(made.path)
    assert sorted(graph.tensors[port.tensor].shape for port in graph.inputs) == [(1, 5), (1, 8, 8, 2)]
    assert {graph.tensors[port.tensor].dtype for port in (*graph.inputs, *graph.outputs)} == {DType.INT16}
    model = made.path.read_bytes()
    compare_plans(model, random.Random(0), tmp_path / "host", runtime().Interpreter.from_bytes(model, arena_size=1 << 18))
    with pytest.raises(InputError, match="hold x, the model's inputs are map, facts"):
        quantize(models / "two.keras", models / "images.npz")
    with pytest.raises(InputError, match="activations cannot be int4"):
        quantize(models / "two.keras", models / "two.npz", activations="int4")
