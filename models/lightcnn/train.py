"""Train the folds from scratch: `python models/lightcnn/train.py [--data DIR]`, a few minutes on one core.

One network a fold, on pieces of 5 s cut at random places from its training subjects; training stops when the loss on the
fold's validation subjects, in whole segments of 20 s, no longer falls, and the best epoch is kept. Test subjects are never
touched here, see evaluate.py. Written are `weights.keras`, the network of the first fold, and `folds.npz`, the weights of all of
them and of one network trained on a split that leaks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import features
import keras
import model
import numpy as np

from tinykit.families.fitting import answers, fit, held_out_loss, repeatable, save
from tinykit.families.metrics import balanced_accuracy

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/eeg_arithmetic"
SEED = 2024
BATCH = 16
EPOCHS = 60
PATIENCE = 20
EARLIEST = 20
"""Four people are held out; where none of them is like the others, an untrained network has the smallest loss on them."""
RATE = 2e-2
WEIGHT_DECAY = 0.01
PIECE = 5 * features.RATE
"""Samples of a training piece: the mean over time does not mind its length, and short ones are more varied."""
PIECES = 6
"""Of each recording in an epoch."""
LOST = 0.1
"""How often a channel is silent, as with a loose electrode."""


class Pieces:
    """Pieces of recordings int8 [n, samples, channels], varied, an epoch at a time."""

    def __init__(self, values: features.Array, task: features.Array, seed: int) -> None:
        self.values, self.task = values, task
        self.random = np.random.default_rng(seed)

    def epoch(self) -> Iterator[tuple[features.Array, features.Array]]:
        """Inputs float32 and tasks of one epoch."""
        drawn = self.random.permutation(np.repeat(np.arange(len(self.values)), PIECES))
        starts = self.random.integers(0, self.values.shape[1] - PIECE, len(drawn))
        pieces = np.stack([self.values[n, at : at + PIECE] for n, at in zip(drawn, starts, strict=True)])
        present = self.random.random((len(drawn), 1, pieces.shape[2])) >= LOST
        yield features.inputs(pieces) * present.astype(np.float32), self.task[drawn]


def train(pieces: Pieces, held_out: features.Segments, name: str, epochs: int = EPOCHS) -> keras.Model:
    """The network at its best epoch by the loss on the `held_out` segments."""
    repeatable(SEED)
    learner, network = model.build(samples=PIECE), model.build()
    steps = len(pieces.values) * PIECES // BATCH
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * steps)
    learner.compile(keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY), "sparse_categorical_crossentropy", jit_compile=False)
    x, y = features.inputs(held_out.values), held_out.task

    def validate() -> dict[str, float]:
        network.set_weights(learner.get_weights())
        found = answers(network, x)
        return {"loss": held_out_loss(y, found), "balanced accuracy": balanced_accuracy(y, found.argmax(1))}

    fit(learner, pieces.epoch, validate, name=name, epochs=epochs, patience=PATIENCE, batch=BATCH, earliest=EARLIEST)
    network.set_weights(learner.get_weights())
    return network


def fold_network(recordings: features.Recordings, fold: features.Fold, number: int, epochs: int = EPOCHS) -> keras.Model:
    """The network of one fold, evened out for int8."""
    own = recordings.of(fold.train)
    pieces = Pieces(features.filtered(own), own.task, SEED + number)
    held_out = features.segments(recordings.of(fold.validation), features.STRIDE)
    network = train(pieces, held_out, f"fold {number + 1} of {features.FOLDS}", epochs)
    model.even_out(network, features.inputs(features.segments(own).values))
    return network


def leaky_network(recordings: features.Recordings, epochs: int = EPOCHS) -> keras.Model:
    """Trained on the first 20 s of every recording and validated on the next, so that every subject is known."""
    own, held_out, _ = features.thirds(recordings)
    return train(Pieces(features.filtered(own), own.task, SEED), features.segments(held_out), "leaky split", epochs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for weights.keras and folds.npz")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="at most so many")
    options = parser.parse_args()
    started = time.monotonic()
    recordings = features.load(options.data)
    found: dict[str, np.ndarray] = {}
    for number, fold in enumerate(features.folds(int(recordings.subject.max()) + 1, SEED)):
        network = fold_network(recordings, fold, number, options.epochs)
        if number == 0:
            save(network, options.out / "weights.keras")
        found |= {f"fold{number}_{n}": w for n, w in enumerate(network.get_weights())}
    network = leaky_network(recordings, options.epochs)
    found |= {f"leaky_{n}": w for n, w in enumerate(network.get_weights())}
    np.savez_compressed(options.out / "folds.npz", **found)
    print(f"Trained in {(time.monotonic() - started) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
