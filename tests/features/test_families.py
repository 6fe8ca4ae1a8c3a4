"""The model families: what their folders hold, that nobody is trained and tested on at once, and that each deploys."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import tinykit
from tests.conftest import ROOT
from tinykit.families import Family, families

FAMILIES = {family.id: family for family in families()}
HEALTH = ("funnelnet", "lightcnn")


def module(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{folder.name}_{name}", folder / f"{name}.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


def test_a_family_is_whole(family: Family) -> None:
    names = {path.name for path in family.folder.iterdir()}
    assert names >= {"card.md", "evaluate.py", "make_samples.py", "model.py", "train.py"}
    stored = family.samples_stored()
    with np.load(family.samples, allow_pickle=False) as archive:
        labels = archive["y"]
    assert len(stored) == len(labels) >= 16
    assert np.bincount(labels).tolist() == [len(labels) // len(family.labels)] * len(family.labels)
    inputs = family.inputs(stored[:2])
    assert inputs.dtype == np.float32 and -1 <= inputs.min() < inputs.max() <= 1


def test_weights_and_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "models").rglob("*.[kn]*")) < 15e6


@pytest.mark.parametrize("name", HEALTH)
def test_a_card_says_what_it_is_not(name: str) -> None:
    if name in FAMILIES:
        assert "ot for diagnosis" in (FAMILIES[name].folder / "card.md").read_text(encoding="utf-8")


def test_nobody_is_trained_and_tested_on() -> None:
    features = module(FAMILIES["lightcnn"].folder, "features")
    folds = features.folds(28, 2024)
    assert np.sort(np.concatenate([fold.test for fold in folds])).tolist() == list(range(28))
    for fold in folds:
        assert np.sort(np.concatenate(fold)).tolist() == list(range(28))


def test_segments_are_cut_from_their_recordings() -> None:
    features = module(FAMILIES["lightcnn"].folder, "features")
    signal = np.arange(2 * 30000 * 19).reshape(2, 30000, 19).astype(np.int16)
    recordings = features.Recordings(signal, np.array([0, 1]), np.array([5, 7]))
    cut = features.segments(recordings, features.STRIDE)
    assert cut.raw.shape == (18, 190000) and cut.recording.tolist() == [0] * 9 + [1] * 9 == cut.task.tolist()
    np.testing.assert_array_equal(cut.raw[10].reshape(10000, 19), signal[1, 2500:12500])
    assert features.segments(recordings.of([7])).task.tolist() == [1, 1, 1]
    np.testing.assert_array_equal(np.concatenate([third.signal for third in features.thirds(recordings)], 1), signal)


@pytest.mark.slow
@pytest.mark.parametrize("streamed", [False, True])
def test_deployed(family: Family, streamed: bool, tmp_path: Path) -> None:
    report = tinykit.deploy(family.folder, board="stm32f746", out=tmp_path / "p", min_ram=streamed, stream_input=streamed)
    assert report.bit_exact and report.accuracy
    assert report.accuracy.target == report.accuracy.int8
    assert any("front end" in note for note in report.notes) == (family.frontend is not None)
