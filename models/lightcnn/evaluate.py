"""The card's figures: `python models/lightcnn/evaluate.py [--data DIR]`.

Without --data: the shipped samples as float, as int8 and in the firmware on an emulated STM32F746, from raw samples to the
decision, and what the paper's 59 channels take there. With it: every fold's test subjects as float and int8, beside logistic
regression on band powers.
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
from baseline import Baseline
from make_samples import calibration
from train import FOLDER, SEED

from tinykit.families.evaluation import WAYS, deployed, difference, int8_outputs
from tinykit.families.fitting import answers
from tinykit.families.metrics import Array, balanced_accuracy
from tinykit.quantizer.convert import quantize

BOARD = "stm32f746"
NAMES = ("float", "int8", "band powers", "band powers less each subject's mean")


def kept_network(weights: dict[str, Array], name: str) -> keras.Model:
    """The network `name` of folds.npz."""
    network = model.build()
    network.set_weights([weights[f"{name}_{n}"] for n in range(4)])
    return network


def by_recording(scores: Array, recording: Array) -> Array:
    """The mean score of each recording's segments."""
    return np.array([scores[recording == number].mean() for number in np.unique(recording)])


def cross_validation(data: Path) -> None:
    recordings = features.load(data)
    with np.load(FOLDER / "folds.npz", allow_pickle=False) as archive:
        weights = dict(archive)
    every = features.segments(recordings, features.STRIDE)
    values, subject = every.values, recordings.subject[every.recording]
    baselines = [Baseline(values, every.task, subject, own_mean) for own_mean in (False, True)]
    scores = np.zeros((len(NAMES), len(subject)))
    rows = []
    for number, fold in enumerate(features.folds(int(recordings.subject.max()) + 1, SEED)):
        network, test = kept_network(weights, f"fold{number}"), np.isin(subject, fold.test)
        scores[0, test] = answers(network, features.inputs(values[test])) @ [-1, 1]
        scores[1, test] = int8_outputs(network, features.FRONTEND, calibration(recordings, fold), values[test]) @ [-1, 1]
        for row, baseline in zip(scores[2:], baselines, strict=True):
            row[test] = baseline.answers(np.concatenate([fold.train, fold.validation]), fold.test)
        segments = [balanced_accuracy(every.task[test], row[test] > 0) for row in scores]
        minutes, truth = by_recording(every.task[test], every.recording[test]), every.recording[test]
        rows.append([*segments, *(balanced_accuracy(minutes, by_recording(row[test], truth) > 0) for row in scores)])
        print(f"fold {number + 1}: " + " / ".join(f"{score:.3f}" for score in rows[-1]), flush=True)
    mean, spread = np.mean(rows, 0), np.std(rows, 0, ddof=1)
    for kind, at in ((f"{len(subject)} segments of 20 s", 0), (f"{len(recordings.task)} recordings of 60 s", len(NAMES))):
        for n, name in enumerate(NAMES):
            print(f"balanced accuracy of {kind} over {len(rows)} folds, {name}: {mean[at + n]:.3f} ± {spread[at + n]:.3f}")
    for name, before, after in (("int8 − float", 0, 1), ("float − band powers", 2, 0)):
        guesses = [(scores[n] > 0).astype(int) for n in (before, after)]
        print(f"{name}, all test segments, drawn by subject: {difference(every.task, guesses[0], guesses[1], subject)}")
    print(f"segments that int8 decides otherwise: {int(np.sum((scores[0] > 0) != (scores[1] > 0)))} of {len(subject)}")
    leaky = features.segments(features.thirds(recordings)[2])
    known = answers(kept_network(weights, "leaky"), features.inputs(leaky.values)).argmax(1)
    print(f"a split that leaks (same recordings in training and test), float: {balanced_accuracy(leaky.task, known):.3f}")


def shipped_samples(folder: Path) -> None:
    """A row of the card for each way: the whole product, and how much of it is the front end."""
    network = quantize(FOLDER).path
    reports = zip(deployed(FOLDER, BOARD, folder / "whole"), deployed(network, BOARD, folder / "alone"), strict=True)
    for (name, report), (_, alone) in reports:
        assert report.accuracy and report.sram and report.instructions and alone.instructions
        scores = f"{report.accuracy.float32:.3f} | {report.accuracy.int8:.3f} | {report.accuracy.target:.3f}"
        count, own = report.instructions.measured, alone.instructions.measured
        assert count and own
        print(
            f"| {name} | {scores} | {report.sram.arena:,} B | {report.sram.static:,} B | {report.sram.stack:,} B | {count:,} | "
            f"{count - own:,} | ({report.bytes_differing} of {report.bytes_compared} bytes differ)",
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
    files = {"calibration": folder / "noise.npz", "data": folder / "noise.npz"}
    ways = {name: {**options, **files} for name, options in WAYS.items()}
    for name, report in deployed(folder / "paper.keras", BOARD, folder / "paper", ways):
        assert report.sram and report.instructions
        differing = f"({report.bytes_differing} of {report.bytes_compared} bytes differ)"
        print(f"| {name} | {report.sram.arena:,} B | {report.instructions.measured:,} | {differing}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help=f"folder of {features.FILE}")
    options = parser.parse_args()
    if options.data:
        cross_validation(options.data)
    with tempfile.TemporaryDirectory() as folder:
        shipped_samples(Path(folder))
        paper_configuration(Path(folder))


if __name__ == "__main__":
    main()
