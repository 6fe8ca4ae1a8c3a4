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
from make_samples import calibration
from train import FOLDER, splits

from tinykit.families.evaluation import deployed, difference, int8_outputs
from tinykit.families.fitting import answers
from tinykit.families.metrics import Array, auc, balanced_accuracy, recalls
from tinykit.quantizer.convert import quantize

BOARD = "stm32f746"


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
    pooled: dict[str, list[Array]] = {}
    for name, split in splits(recordings).items():
        network, test = kept_network(weights, name), split.test
        before = answers(network, features.inputs(maps[test]))[:, 1]
        outputs = int8_outputs(network, features.FRONTEND, recordings.signal[calibration(recordings, split)], maps[test])
        after = 0.5 + outputs @ [-1, 1] / 512
        for kind, scores in (("float", before), ("int8", after)):
            print(row(f"{title(name)}, {kind}", labels[test], scores), flush=True)
        kept = pooled.setdefault("random split" if name == "random" else "databases left out", [])
        kept.append(np.stack([labels[test], before, after]))
    for name, parts in pooled.items():
        truth, before, after = np.concatenate(parts, 1)
        guesses = [(scores > 0.5).astype(np.int64) for scores in (before, after)]
        otherwise = int(np.sum(guesses[0] != guesses[1]))
        told = difference(truth, guesses[0], guesses[1])
        print(f"int8 − float, balanced accuracy, {name}: {told}; {otherwise} of {len(truth)} decided otherwise")


def title(name: str) -> str:
    """A split's name in the card."""
    return "random split" if name == "random" else f"database {name[-1]}, trained on the others"


def shipped_recordings(folder: Path) -> None:
    network = quantize(FOLDER).path
    reports = zip(deployed(FOLDER, BOARD, folder / "whole"), deployed(network, BOARD, folder / "alone"), strict=True)
    for (name, report), (_, alone) in reports:
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
