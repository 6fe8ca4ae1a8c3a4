"""The card's figures: `python models/lightcnn/evaluate.py [--data DIR]`.

Without --data: the shipped samples as float, as int8 and in the firmware on an emulated STM32F746, and what the paper's 59
channels take there. With it: every fold's test subjects as float and int8, beside logistic regression on band powers.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import features
import keras
import model
import numpy as np
from make_samples import calibration
from train import FOLDER, SEED

import tinykit
from tinykit.harness.reference import open_reference
from tinykit.metrics import Array, balanced_accuracy, paired_difference
from tinykit.quantizer.convert import quantize

PENALTIES = (0.01, 0.1, 1.0)


def kept_network(weights: dict[str, Array], name: str) -> keras.Model:
    """The network `name` of folds.npz."""
    network = model.build()
    network.set_weights([weights[f"{name}_{n}"] for n in range(4)])
    return network


def int8_guesses(network: keras.Model, inputs: Array, values: Array) -> Array:
    """Classes that `network`, quantised with `inputs`, gives segments int8 [n, 2500, channels] in the reference interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "net.keras")
        np.savez(Path(folder) / "calibration.npz", x=features.inputs(inputs))
        quantised = quantize(Path(folder) / "net.keras", Path(folder) / "calibration.npz").path
    outputs = open_reference(quantised).run([[value[None]] for value in values])
    return np.array([int(answer.argmax()) for answer, *_ in outputs])


def regression(x: Array, y: Array, penalty: float) -> tuple[Array, float]:
    """Weights and bias of a logistic regression, by 500 steps down the gradient."""
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(500):
        error = 1 / (1 + np.exp(-(x @ w + b))) - y
        w, b = w - 0.1 * (x.T @ error / len(y) + penalty * w), b - 0.1 * float(error.mean())
    return w, b


def baseline(recordings: features.Recordings, fold: features.Fold) -> Array:
    """Guesses for the fold's test segments by band powers; the penalty is chosen on its validation subjects."""
    parts = [features.segments(recordings, subjects) for subjects in fold]
    powers = [features.band_powers(values) for values, _ in parts]
    mean, spread = powers[0].mean(0), powers[0].std(0)
    train, validation, test = ((power - mean) / spread for power in powers)
    fits = [regression(train, parts[0][1], penalty) for penalty in PENALTIES]
    w, b = max(fits, key=lambda fit: balanced_accuracy(parts[1][1], (validation @ fit[0] + fit[1] > 0).astype(int)))
    return (test @ w + b > 0).astype(int)


def cross_validation(data: Path) -> None:
    recordings = features.load(data)
    with np.load(FOLDER / "folds.npz", allow_pickle=False) as archive:
        weights = dict(archive)
    rows, pooled = [], []
    for number, fold in enumerate(features.folds(int(recordings.subject.max()) + 1, SEED)):
        network = kept_network(weights, f"fold{number}")
        values, labels = features.segments(recordings, fold.test)
        before = network.predict(features.inputs(values), batch_size=96, verbose=0).argmax(1)
        after = int8_guesses(network, calibration(recordings, fold), values)
        chosen = recordings.subject[np.isin(recordings.subject, fold.test)]
        subjects = np.repeat(chosen, len(values) // len(chosen))
        guesses = before, after, baseline(recordings, fold)
        rows.append([balanced_accuracy(labels, guess) for guess in guesses])
        pooled.append(np.stack([labels, before, after, subjects]))
        scores = ", ".join(f"{name} {score:.3f}" for name, score in zip(("float", "int8", "band powers"), rows[-1], strict=True))
        print(f"fold {number + 1}, {len(fold.test)} subjects: {scores}", flush=True)
    mean, spread = np.mean(rows, 0), np.std(rows, 0, ddof=1)
    for name, score, deviation in zip(("float", "int8", "band powers"), mean, spread, strict=True):
        print(f"balanced accuracy over {len(rows)} folds, {name}: {score:.3f} ± {deviation:.3f}")
    labels, before, after, subjects = np.concatenate(pooled, 1)
    difference, low, high = paired_difference(labels, before, after, subjects)
    interval = f"95 %: {100 * low:+.2f} to {100 * high:+.2f}, drawn by subject"
    print(f"int8 − float, all {len(labels)} test segments: {100 * difference:+.2f} points ({interval})")
    values, labels = features.leaky_split(recordings)[1][1]
    leaky = kept_network(weights, "leaky").predict(features.inputs(values), batch_size=96, verbose=0).argmax(1)
    print(f"the split that leaks (same recordings in training and test), float: {balanced_accuracy(labels, leaky):.3f}")


def shipped_samples(folder: Path) -> None:
    for name, how in (
        ("whole input", {}),
        ("smallest", {"min_ram": True}),
        ("streamed", {"min_ram": True, "stream_input": True}),
    ):
        report = tinykit.deploy(FOLDER, board="stm32f746", out=folder / "net", **how)
        assert report.accuracy and report.sram and report.instructions
        scores = f"float {report.accuracy.float32:.3f}, int8 {report.accuracy.int8:.3f}, firmware {report.accuracy.target:.3f}"
        print(
            f"shipped samples, {name}: {scores} of {report.accuracy.samples}; "
            f"{report.bytes_differing} of {report.bytes_compared} bytes differ; "
            f"arena {report.sram.arena:,} B, {report.instructions.measured:,} instructions",
            flush=True,
        )


def paper_configuration(folder: Path) -> None:
    """59 channels, not trained: there is no data to train it on. Its memory does not depend on the weights."""
    keras.utils.set_random_seed(SEED)
    network = model.build(model.PAPER_CHANNELS)
    network.save(folder / "paper.keras")
    noise = np.random.default_rng(SEED).normal(0, 0.2, (4, model.SAMPLES, model.PAPER_CHANNELS))
    np.savez(folder / "noise.npz", x=noise.clip(-1, 1).astype(np.float32))
    print(f"59 channels: {network.count_params():,} parameters")
    for name, how in (
        ("whole input", {}),
        ("smallest", {"min_ram": True}),
        ("streamed", {"min_ram": True, "stream_input": True}),
    ):
        files = {"calibration": folder / "noise.npz", "data": folder / "noise.npz"}
        report = tinykit.deploy(folder / "paper.keras", board="stm32f746", out=folder / "paper", **files, **how)
        assert report.sram and report.instructions
        print(
            f"59 × 2500 on stm32f746, {name}: arena {report.sram.arena:,} B, {report.instructions.measured:,} instructions; "
            f"{report.bytes_differing} of {report.bytes_compared} bytes differ",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help=f"folder of {features.FILE}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shipped_samples(Path(folder))
        paper_configuration(Path(folder))
    if options.data:
        cross_validation(options.data)


if __name__ == "__main__":
    main()
