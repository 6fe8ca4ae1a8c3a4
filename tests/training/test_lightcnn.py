"""`tinykit train` on a real family, with a little made-up data: progress, early stopping, the same weights twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tinykit.families import open_family
from tinykit.subprocesses import tensorflow_environment

SUBJECTS = 7
"""One for each fold to test, one to validate and five to train."""


def made_up(folder: Path) -> None:
    """Arithmetic has another rhythm than rest, in each second of each subject."""
    rng = np.random.default_rng(4)
    task = np.tile([0, 1], SUBJECTS)
    signal = rng.normal(0, 60, (2 * SUBJECTS, 19, 30000))
    signal += 120 * np.sin(2 * np.pi * np.where(task, 20, 9)[:, None, None] * np.arange(30000) / 500)
    np.savez(
        folder / "eegmat_28_subjects_500hz.npz",
        eeg_tenth_microvolt=signal.astype(np.int16),
        task=task.astype(np.uint8),
        subject=np.repeat([f"Subject{n}" for n in range(SUBJECTS)], 2),
    )


EVEN_OUT = """
import sys
sys.path.insert(0, sys.argv[1])
import keras, model
import numpy as np
from tinykit.families.fitting import answers, repeatable

repeatable(3)
network = model.build(samples=300)
network.set_weights([w + np.random.default_rng(n).normal(0, 0.1, w.shape) for n, w in enumerate(network.get_weights())])
segments = np.random.default_rng(0).normal(0, 1, (8, 300, 19)).astype(np.float32)
before = answers(network, segments)
model.even_out(network, segments)
after, largest = (answers(m, segments) for m in (network, keras.Model(network.input, network.get_layer("amplitude").output)))
np.testing.assert_allclose(after, before, atol=1e-5)
np.testing.assert_allclose(largest.max(0), largest.max(), rtol=1e-4)
weights, offsets = network.get_layer("classes").get_weights()
np.testing.assert_allclose(weights.sum(1), 0, atol=1e-5)
assert np.ptp(before[:, 0]) > 0.01 and abs(offsets.sum()) < 1e-6
"""


def test_weights_evened_out_for_int8_answer_the_same() -> None:
    command = [sys.executable, "-c", EVEN_OUT, str(ROOT / "models" / "lightcnn")]
    done = subprocess.run(command, env=tensorflow_environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_family_trained_twice_is_the_same_bytes(tmp_path: Path) -> None:
    made_up(tmp_path)
    told = []
    for out in ("first", "second"):
        command = [sys.executable, "-m", "tinykit", "train", "lightcnn", "--data", str(tmp_path), "--epochs", "3"]
        command += ["--out", str(tmp_path / out)]
        done = subprocess.run(command, env=tensorflow_environment(), capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        told.append([line for line in done.stdout.splitlines() if "epoch" in line])
    assert len(told[0]) == 8 * 3 and "fold 1 of 7, epoch 1/3" in told[0][0] and "held out: loss" in told[0][0]
    assert told[0] == told[1]
    first, second = (open_family(tmp_path / out) for out in ("first", "second"))
    assert first.weights.read_bytes() == second.weights.read_bytes()
    assert first.weights.with_name("folds.npz").read_bytes() == second.weights.with_name("folds.npz").read_bytes()
    inputs, labels = first.evaluation()
    assert inputs.shape == (4, 2500, 19) and np.bincount(labels).tolist() == [2, 2]
