"""Keras models through TensorFlow in its own process: the same bytes twice, safe loading, and what is refused.

One process with TensorFlow writes all the models; each quantising is another.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.support.reference import run_reference, runtime
from tinykit.errors import InputError
from tinykit.graph.ir import DType
from tinykit.graph.reader import read
from tinykit.quantizer.convert import quantize

MODELS = """
import keras, sys
L, folder = keras.layers, sys.argv[1]
keras.utils.set_random_seed(1)
def save(name, *layers):
    keras.Sequential(layers).save(f"{folder}/{name}")
image = keras.Input((12, 12, 3))
net = [image, L.Conv2D(4, 3, padding="same"), L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(3)]
save("net.keras", *net)
save("net.h5", *net)
save("lambda.keras", keras.Input((4,)), L.Lambda(lambda x: x * 2), L.Dense(2))
save("lambda.h5", keras.Input((4,)), L.Lambda(lambda x: x * 2), L.Dense(2))
save("lstm.keras", keras.Input((5, 3)), L.LSTM(4), L.Dense(2))
first, second = keras.Input((8, 8, 2), name="map"), keras.Input((5,), name="facts")
pooled = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, activation="relu")(first))
joined = L.Concatenate()([pooled, L.Dense(4, activation="tanh")(second)])
outputs = [L.Dense(3, activation="softmax")(joined), L.Dense(1, activation="sigmoid")(joined)]
keras.Model([first, second], outputs).save(f"{folder}/two.keras")
save("open.keras", keras.Input((None, 3)), L.Conv1D(4, 3), L.GlobalAveragePooling1D())
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keras")
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    subprocess.run([sys.executable, "-c", MODELS, str(folder)], check=True, env=env, capture_output=True)
    rng = np.random.default_rng(2)
    np.savez(folder / "images.npz", x=rng.normal(0, 1, (40, 12, 12, 3)).astype(np.float32))
    np.savez(folder / "series.npz", x=rng.normal(0, 1, (40, 5, 3)).astype(np.float32))
    two = {"map": rng.normal(0, 1, (40, 8, 8, 2)), "facts": rng.normal(0, 1, (40, 5))}
    np.savez(folder / "two.npz", **{name: values.astype(np.float32) for name, values in two.items()})
    np.savez(folder / "four.npz", x=rng.normal(0, 1, (40, 4)).astype(np.float32))
    return folder


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
