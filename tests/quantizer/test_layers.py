"""What each layer loses by int8, and layers in int16 beside int8."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.support.reference import runtime
from tinykit.errors import InputError
from tinykit.graph.ir import DType
from tinykit.graph.reader import read
from tinykit.quantizer.convert import quantize


def labelled(models: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(models / "uneven.npz") as data:
        return data["x"], data["y"]


def test_the_layer_that_loses_is_named_and_int16_restores_it(models: Path, tmp_path: Path) -> None:
    made = quantize(models / "uneven.keras", models / "uneven.npz", labelled=labelled(models), int16_layers=["auto"])
    assert made.accuracy_float == 1 and made.accuracy_int8 is not None and made.accuracy_int8 >= 0.99
    worst, *others = made.losses
    assert worst["layer"] == "uneven" and worst["changed"] > 0.2 and not any(loss["changed"] for loss in others)
    assert [loss["layer"] for loss in made.losses if loss["int16"]] == ["uneven"]
    graph = read(made.path)
    types = [graph.tensors[op.outputs[0]].dtype.value for op in graph.ops if op.kind != "QUANTIZE"]
    assert types == ["int8", "int16", "int16", *["int8"] * (len(types) - 3)]
    assert {graph.tensors[port.tensor].dtype for port in (*graph.inputs, *graph.outputs)} == {DType.INT8}
    model = made.path.read_bytes()
    compare_plans(model, random.Random(0), tmp_path / "host", runtime().Interpreter.from_bytes(model, arena_size=1 << 18))


@pytest.mark.slow
def test_named_layers_are_int16_whatever_joins_them(models: Path, tmp_path: Path) -> None:
    """A concatenation wants inputs of one scale, for which each conversion has QUANTIZEs of its own."""
    made = quantize(models / "uneven.keras", models / "uneven.npz", int16_layers=["both", "first"])
    assert {loss["layer"] for loss in made.losses if loss["int16"]} == {"both", "first"}
    model = made.path.read_bytes()
    compare_plans(model, random.Random(0), tmp_path / "host", runtime().Interpreter.from_bytes(model, arena_size=1 << 18))


@pytest.mark.slow
def test_a_constant_that_is_no_weight_has_a_zero_point(models: Path) -> None:
    made = quantize(models / "rescaled.keras", models / "images.npz", losses=True)
    assert "twice" in {loss["layer"] for loss in made.losses}
    assert all(loss["weights"] is None or loss["weights"] > 30 for loss in made.losses)


@pytest.mark.slow
def test_a_layer_that_there_is_not(models: Path) -> None:
    with pytest.raises(InputError, match="no layer frist"):
        quantize(models / "uneven.keras", models / "uneven.npz", int16_layers=["frist"])


def test_layers_are_chosen_beside_int8_only(models: Path) -> None:
    with pytest.raises(InputError, match="beside int8"):
        quantize(models / "uneven.keras", models / "uneven.npz", activations="int16", losses=True)
