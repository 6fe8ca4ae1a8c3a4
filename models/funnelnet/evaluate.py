"""The card's figures: `python models/funnelnet/evaluate.py [--data DIR]`.

Without --data: the shipped recordings as float, as int8 and in the firmware on an emulated STM32F746, from raw samples to the
decision, and what the front end takes of it. With it: the test recordings of the random split and of every database left out.
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
from train import FOLDER, SEED

import tinykit
from tinykit.harness.reference import open_reference
from tinykit.metrics import Array, auc, balanced_accuracy, paired_difference, recalls
from tinykit.quantizer.convert import quantize


def kept_network(weights: dict[str, Array], name: str) -> keras.Model:
    """The network `name` of folds.npz."""
    network = model.build()
    network.set_weights([weights[f"{name} {n}"] for n in range(len(network.get_weights()))])
    return network


def row(name: str, labels: Array, scores: Array) -> str:
    """A row of the card's first table: scores are probabilities of abnormal."""
    guesses = (scores > 0.5).astype(np.int64)
    specificity, sensitivity = recalls(labels, guesses)
    figures = sensitivity, specificity, balanced_accuracy(labels, guesses), auc(labels, scores)
    return f"| {name} | {len(labels):,} | {labels.sum()} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |"


def test_recordings(data: Path, cache: Path | None) -> None:
    recordings = features.load(data)
    maps, labels = features.maps(recordings.signal, cache), recordings.abnormal
    with np.load(FOLDER / "folds.npz", allow_pickle=False) as archive:
        weights = dict(archive)
    print("| test recordings | n | abnormal | sensitivity | specificity | balanced accuracy | AUC |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    test = features.random_split(recordings, SEED).test
    before = kept_network(weights, "random").predict(features.inputs(maps[test]), batch_size=64, verbose=0)[:, 1]
    print(row("random split, float", labels[test], before), flush=True)
    outputs = open_reference(quantize(FOLDER).path).run([[value[None, ..., None]] for value in maps[test]])
    normal, abnormal = np.array([answer.reshape(-1) for answer, *_ in outputs]).astype(np.int64).T
    after = 0.5 + (abnormal - normal) / 512
    print(row("random split, int8", labels[test], after), flush=True)
    for database in features.DATABASES:
        left_out = features.without(recordings, database, SEED).test
        network = kept_network(weights, f"without {database}")
        scores = network.predict(features.inputs(maps[left_out]), batch_size=64, verbose=0)[:, 1]
        print(row(f"database {database}, trained on the others, float", labels[left_out], scores), flush=True)
    guesses = [(scores > 0.5).astype(np.int64) for scores in (before, after)]
    difference, low, high = (100 * figure for figure in paired_difference(labels[test], *guesses))
    print(f"int8 − float, balanced accuracy, random split: {difference:+.2f} points (95 %: {low:+.2f} to {high:+.2f})")


def shipped_recordings(folder: Path) -> None:
    network = quantize(FOLDER).path
    for name, how in (
        ("whole input", {}),
        ("smallest", {"min_ram": True}),
        ("streamed", {"min_ram": True, "stream_input": True}),
    ):
        report = tinykit.deploy(FOLDER, board="stm32f746", out=folder / "whole", **how)
        alone = tinykit.deploy(network, board="stm32f746", out=folder / "alone", **how)
        assert report.accuracy and report.sram and report.instructions and report.flash
        assert alone.sram and alone.instructions and alone.flash
        scores = f"float {report.accuracy.float32:.3f}, int8 {report.accuracy.int8:.3f}, firmware {report.accuracy.target:.3f}"
        count, own = report.instructions.measured, alone.instructions.measured
        assert count and own
        print(
            f"{name}: {scores} of {report.accuracy.samples} recordings; {report.bytes_differing} of {report.bytes_compared} "
            f"bytes differ\n"
            f"  arena {report.sram.arena:,} B, other SRAM {report.sram.static:,} B (without front end {alone.sram.static:,} B), "
            f"stack {report.sram.stack:,} B\n"
            f"  {count:,} instructions a recording of 5 s, {count - own:,} of them in the front end; one pass over it\n"
            f"  flash {report.flash.code + report.flash.constants:,} B, of which {alone.flash.code + alone.flash.constants:,} B "
            f"are the network's",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help=f"folder of {features.FILE}")
    parser.add_argument("--maps", type=Path, help="file to keep what the front end computes, for the next run")
    options = parser.parse_args()
    if options.data:
        test_recordings(options.data, options.maps)
    with tempfile.TemporaryDirectory() as folder:
        shipped_recordings(Path(folder))


if __name__ == "__main__":
    main()
