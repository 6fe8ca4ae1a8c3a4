"""Train the folds from scratch: `python models/lightcnn/train.py [--data DIR]`, well under an hour on two cores.

One network a fold, on segments cut at random places from its training subjects; the epoch with the smallest loss on the fold's
validation subjects is kept. Test subjects are never touched here, see evaluate.py. Written are `weights.keras`, the
network of the first fold; `folds.npz`, the weights of all of them and of one network trained on a split that leaks.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import features
import keras
import model
import numpy as np

from tinykit.metrics import balanced_accuracy

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/eeg_arithmetic"
SEED = 2024
BATCH = 16
EPOCHS = 16
RATE = 1e-3


class Cuts:
    """Segments cut at random places from recordings int8 [n, samples, channels], an epoch at a time."""

    def __init__(self, values: features.Array, task: features.Array, seed: int) -> None:
        self.values, self.task = values, task
        self.random = np.random.default_rng(seed)

    def epoch(self) -> tuple[features.Array, features.Array]:
        """Inputs float32 and tasks of one epoch: as many segments of each recording as fit behind a random start."""
        size = features.SEGMENT
        count = self.values.shape[1] // size - 1
        starts = self.random.integers(0, size, len(self.values))
        cut = [v[s : s + count * size].reshape(count, size, -1) for v, s in zip(self.values, starts, strict=True)]
        return features.inputs(np.concatenate(cut)), np.repeat(self.task, count)


def train(cuts: Cuts, held_out: tuple[features.Array, features.Array], name: str) -> keras.Model:
    """The network at its best epoch by the loss on `held_out`, int8 segments and their tasks."""
    keras.utils.set_random_seed(SEED)
    network = model.build()
    network.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", jit_compile=False)
    x, y = features.inputs(held_out[0]), held_out[1]
    best, weights = np.inf, network.get_weights()
    for epoch in range(EPOCHS):
        inputs, targets = cuts.epoch()
        network.fit(inputs, targets, batch_size=BATCH, verbose=0)
        answers = network.predict(x, batch_size=96, verbose=0)
        loss = float(-np.log(answers[np.arange(len(y)), y] + 1e-7).mean())
        score = balanced_accuracy(y, answers.argmax(1))
        print(f"  {name}, epoch {epoch + 1}/{EPOCHS}: validation loss {loss:.4f}, balanced accuracy {score:.3f}", flush=True)
        if loss < best:
            best, weights = loss, network.get_weights()
    network.set_weights(weights)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for weights.keras and folds.npz")
    options = parser.parse_args()
    started = time.monotonic()
    recordings = features.load(options.data)
    found: dict[str, np.ndarray] = {}
    for number, fold in enumerate(features.folds(int(recordings.subject.max()) + 1, SEED)):
        chosen = np.isin(recordings.subject, fold.train)
        cuts = Cuts(recordings.values[chosen], recordings.task[chosen], SEED + number)
        network = train(cuts, features.segments(recordings, fold.validation), f"fold {number + 1} of {features.FOLDS}")
        if number == 0:
            network.save(options.out / "weights.keras")
        found |= {f"fold{number}_{n}": w for n, w in enumerate(network.get_weights())}
    # The split that leaks: the first two thirds of every recording train, the rest validates, so every subject is known.
    train_part, held_out = features.leaky_split(recordings)
    network = train(Cuts(train_part, recordings.task, SEED), held_out[0], "leaky split")
    found |= {f"leaky_{n}": w for n, w in enumerate(network.get_weights())}
    np.savez_compressed(options.out / "folds.npz", **found)
    print(f"Trained in {(time.monotonic() - started) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
