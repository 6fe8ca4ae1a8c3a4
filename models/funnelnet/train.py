"""Train the networks from scratch: `python models/funnelnet/train.py [--data DIR]`, under an hour on two cores.

One network on a random split, which becomes `weights.keras`, and one for each database that is left out. Epochs hold as
many normal as abnormal recordings, drawn anew; nothing is synthesised. The epoch with the smallest loss on the validation
recordings is kept. Test recordings are never touched here, see evaluate.py. `folds.npz` holds the weights of all networks.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import features
import keras
import model
import numpy as np

from tinykit.metrics import auc, balanced_accuracy

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/heart_sounds"
SEED = 2016
EACH = 200
"""Recordings of each class in an epoch."""
BATCH = 8
EPOCHS = 5
RATE = 2e-3


def train(maps: features.Array, labels: features.Array, split: features.Split, name: str) -> keras.Model:
    """The network at its best epoch on `split`, by the loss on its validation recordings, both classes weighing the same."""
    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    network = model.build()
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * 2 * EACH // BATCH)
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False)
    classes = [split.train[labels[split.train] == label] for label in (0, 1)]
    held_out, truth = features.inputs(maps[split.validation]), labels[split.validation]
    best, weights = np.inf, network.get_weights()
    for epoch in range(EPOCHS):
        drawn = np.concatenate([random.choice(chosen, EACH, replace=len(chosen) < EACH) for chosen in classes])
        network.fit(features.inputs(maps[drawn]), labels[drawn], batch_size=BATCH, verbose=0)
        answers = network.predict(held_out, batch_size=64, verbose=0)
        losses = -np.log(answers[np.arange(len(truth)), truth] + 1e-7)
        loss = float(np.mean([losses[truth == label].mean() for label in (0, 1)]))
        score, area = balanced_accuracy(truth, answers.argmax(1)), auc(truth, answers[:, 1])
        print(
            f"  {name}, epoch {epoch + 1}/{EPOCHS}: validation loss {loss:.4f}, balanced accuracy {score:.3f}, AUC {area:.3f}",
            flush=True,
        )
        if loss < best:
            best, weights = loss, network.get_weights()
    network.set_weights(weights)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for weights.keras and folds.npz")
    parser.add_argument("--maps", type=Path, help="file to keep what the front end computes, for the next run")
    options = parser.parse_args()
    started = time.monotonic()
    recordings = features.load(options.data)
    maps = features.maps(recordings.signal, options.maps)
    splits = {"random": features.random_split(recordings, SEED)}
    splits |= {f"without {database}": features.without(recordings, database, SEED) for database in features.DATABASES}
    found: dict[str, np.ndarray] = {}
    for name, split in splits.items():
        network = train(maps, recordings.abnormal, split, name)
        if name == "random":
            keras.Model(network.input, network.output, name=network.name).save(options.out / "weights.keras")
        found |= {f"{name} {n}": w for n, w in enumerate(network.get_weights())}
    np.savez_compressed(options.out / "folds.npz", **found)
    print(f"Trained in {(time.monotonic() - started) / 60:.0f} minutes")


if __name__ == "__main__":
    main()
