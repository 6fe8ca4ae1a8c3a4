"""Variants of a model family, named FAMILY:VARIANT."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Shell
from tinykit.errors import InputError
from tinykit.families import Family, families
from tinykit.sources import find_source

FAMILY = """
name = "shapes"
summary = "the whole of it"
weights = "whole.keras"
samples = "samples.npz"
labels = ["round", "square"]

[preprocess]
resize = [8, 8]
scale = "x/255"

[variants.tiny]
summary = "half of it"
weights = "tiny.keras"
preprocess.resize = [4, 4]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shapes"
    folder.mkdir()
    (folder / "family.toml").write_text(FAMILY)
    for name in ("whole.keras", "tiny.keras"):
        (folder / name).touch()
    np.savez(folder / "samples.npz", x=np.full((1, 8, 8, 3), 255, np.uint8), y=np.zeros(1, np.int64))
    return folder


def test_a_variant_is_its_family_with_what_it_names_put_in(folder: Path) -> None:
    whole, tiny = find_source(folder), find_source(f"{folder}:tiny")
    assert whole.family and tiny.family
    assert (whole.name, tiny.name) == ("shapes", "shapes-tiny")
    assert (whole.family.weights.name, tiny.family.weights.name) == ("whole.keras", "tiny.keras")
    assert tiny.family.labels == ("round", "square") and tiny.family.summary == "half of it"
    inputs, _ = tiny.family.evaluation()
    assert inputs.shape == (1, 4, 4, 3) and inputs.max() == 1
    assert whole.family.evaluation()[0].shape == (1, 8, 8, 3)


def test_a_variant_that_there_is_not(folder: Path) -> None:
    with pytest.raises(InputError, match=r"family\.toml has no variant 'huge'") as caught:
        find_source(f"{folder}:huge")
    assert "tiny" in caught.value.hint
    with pytest.raises(InputError, match="no such file"):
        find_source("nothing:tiny")


@pytest.mark.parametrize("line", ["variants = 3", "[variants]\ntiny = 3"])
def test_variants_that_are_no_tables(folder: Path, line: str) -> None:
    (folder / "family.toml").write_text(FAMILY.split("[variants")[0].replace("[preprocess]", f"{line}\n[preprocess]"))
    with pytest.raises(InputError, match="variants must be tables"):
        find_source(folder)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.id)
def test_weights_take_what_the_samples_become(family: Family) -> None:
    with zipfile.ZipFile(family.weights) as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    (shape,) = (layer["config"]["batch_shape"] for layer in layers if layer["class_name"] == "InputLayer")
    assert math.prod(shape[1:]) == family.inputs(family.samples_stored()[:1]).size


def test_variants_are_listed(shell: Shell) -> None:
    listed = [model["id"] for model in shell("models", "--json").json["models"]]
    assert listed == [family.id for family in families()]
    assert all(f"{family.folder.name}:{name}" in listed for family in families() for name in family.variants)
