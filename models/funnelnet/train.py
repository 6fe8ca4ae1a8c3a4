"""Train the networks from scratch: `python models/funnelnet/train.py [--data DIR]`, under an hour on two cores.

One network on a random split, which becomes `weights.keras`, and one for each database that is left out. Epochs hold as
many normal as abnormal recordings, drawn anew and varied as sites differ: another gain, another microphone, another beginning.
Training stops when the loss on the split's validation recordings no longer falls, and the best epoch is kept. Test recordings are
never touched here, see evaluate.py. `folds.npz` holds the weights of all networks.
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
from tinykit.families.metrics import auc, balanced_accuracy

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/heart_sounds"
SEED = 2016
EACH = 200
"""Recordings of each class in an epoch."""
BATCH = 8
EPOCHS = 10
PATIENCE = 4
RATE = 3e-3
GAIN = 12
TILT = 5
"""Deviations, in levels, of a recording's gain and of each of three curves over its bands; a factor of 2 is 21 levels."""


class Varied:
    """Recordings as maps int8 [n, 1000, 32], drawn by class and varied, an epoch at a time."""

    def __init__(self, maps: features.Array, labels: features.Array, chosen: features.Array) -> None:
        self.maps, self.labels = maps, labels
        self.classes = [chosen[labels[chosen] == label] for label in (0, 1)]
        self.random = np.random.default_rng(SEED)
        place = np.linspace(-1, 1, maps.shape[2])
        self.curves = np.stack([place, np.cos(np.pi * place), np.sin(np.pi * place)])

    def epoch(self) -> Iterator[tuple[features.Array, features.Array]]:
        """Inputs float32 and labels of one epoch."""
        halves = [self.random.choice(members, EACH, replace=len(members) < EACH) for members in self.classes]
        drawn = self.random.permutation(np.concatenate(halves))
        begins = self.random.integers(0, self.maps.shape[1], len(drawn))
        maps = np.stack([np.roll(self.maps[n], at, 0) for n, at in zip(drawn, begins, strict=True)]).astype(np.float32)
        gain = self.random.normal(0, GAIN, (len(drawn), 1))
        microphone = self.random.normal(0, TILT, (len(drawn), len(self.curves))) @ self.curves
        maps += (gain + microphone)[:, None].astype(np.float32)
        yield features.inputs(np.clip(maps, -128, 127)), self.labels[drawn]


def train(
    maps: features.Array, labels: features.Array, split: features.Split, name: str, epochs: int = EPOCHS
) -> keras.Model:
    """The network at its best epoch on `split`, by the loss on its validation recordings, both classes weighing the same."""
    repeatable(SEED)
    network = model.build()
    model.begin_in_the_middle(network, features.inputs(maps[split.train[::10]]))
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * 2 * EACH // BATCH)
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False)
    held_out, truth = features.inputs(maps[split.validation]), labels[split.validation]

    def validate() -> dict[str, float]:
        found = answers(network, held_out)
        score, area = balanced_accuracy(truth, found.argmax(1)), auc(truth, found[:, 1])
        return {"loss": held_out_loss(truth, found), "balanced accuracy": score, "AUC": area}

    varied = Varied(maps, labels, split.train)
    fit(network, varied.epoch, validate, name=name, epochs=epochs, patience=PATIENCE, batch=BATCH)
    return network


def splits(recordings: features.Recordings) -> dict[str, features.Split]:
    """What one network each is trained for, by name."""
    left_out = {f"without {database}": features.without(recordings, database, SEED) for database in features.DATABASES}
    return {"random": features.random_split(recordings, SEED)} | left_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for weights.keras and folds.npz")
    parser.add_argument("--maps", type=Path, help="file to keep what the front end computes, for the next run")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="at most so many")
    options = parser.parse_args()
    started = time.monotonic()
    recordings = features.load(options.data)
    print(f"The front end computes the maps of {len(recordings.signal):,} recordings", flush=True)
    maps = features.maps(recordings.signal, options.maps)
    found: dict[str, np.ndarray] = {}
    for name, split in splits(recordings).items():
        network = train(maps, recordings.abnormal, split, name, options.epochs)
        if name == "random":
            save(network, options.out / "weights.keras")
        found |= {f"{name} {n}": w for n, w in enumerate(network.get_weights())}
    np.savez_compressed(options.out / "folds.npz", **found)
    print(f"Trained in {(time.monotonic() - started) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
