"""Train the network from scratch: `python models/mcuformer/train.py [--data DIR]`, under an hour on one core.

The last 750 training images are held out: training stops when the loss on them no longer falls, and the best epoch is kept. The
test images are never touched here, see evaluate.py.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import keras
import model
import numpy as np

from tinykit.families.fitting import answers, fit, held_out_loss, repeatable, save
from tinykit.quantizer.preprocess import Array, Floats

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/cifar10"
SEED = 2023
BATCH = 64
EPOCHS = 54
PATIENCE = 12
WARMUP = 2  # epochs
RATE = 2e-3
FOLD = 750
LABEL_SMOOTHING = 0.1
WEIGHT_DECAY = 0.05
SHIFT = 4


def inputs(images: Array) -> Floats:
    """Network inputs of pixels [n, 32, 32, 3]."""
    return (images / np.float32(128) - 1).astype(np.float32)


def augmented(images: Array, random: np.random.Generator) -> Floats:
    """Network inputs of uint8 images [n, 32, 32, 3], each moved, perhaps mirrored, and tinted."""
    count, size = len(images), images.shape[1]
    top, left = random.integers(0, 2 * SHIFT + 1, (2, count, 1))
    mirrored = random.random((count, 1)) < 0.5
    pixel = np.arange(size)
    columns = np.where(mirrored, size - 1 - pixel, pixel) + left
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="reflect")
    moved = padded[np.arange(count)[:, None, None], (pixel + top)[:, :, None], columns[:, None, :]].astype(np.float32)

    saturation, contrast = random.uniform(0.7, 1.3, (2, count, 1, 1, 1)).astype(np.float32)
    grey = moved.mean(3, keepdims=True)
    moved = grey + (moved - grey) * saturation
    mean = moved.mean((1, 2, 3), keepdims=True)
    brightness = random.uniform(-20, 20, (count, 1, 1, 1)).astype(np.float32)
    return inputs(np.clip(mean + (moved - mean) * contrast + brightness, 0, 255))


class Varied:
    """The training images, varied, an epoch at a time."""

    def __init__(self, images: Array, labels: Array) -> None:
        self.images, self.targets = images, np.eye(model.CLASSES, dtype=np.float32)[labels]
        self.random = np.random.default_rng(SEED)

    def epoch(self) -> Iterator[tuple[Floats, Floats]]:
        """Inputs and targets of one epoch."""
        order = self.random.permutation(len(self.images))
        yield augmented(self.images[order], self.random), self.targets[order]


def train(images: Array, labels: Array, held_out: tuple[Array, Array], epochs: int = EPOCHS) -> keras.Model:
    """The network at its best epoch, trained on uint8 images [n, 32, 32, 3], by the loss on those `held_out`."""
    repeatable(SEED)
    network = model.build()
    steps = len(images) // BATCH
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 100, (EPOCHS - WARMUP) * steps, warmup_target=RATE, warmup_steps=WARMUP * steps
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    network.compile(optimizer, keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING), jit_compile=False)
    x, y = inputs(held_out[0]), held_out[1]

    def validate() -> dict[str, float]:
        found = answers(network, x, 250)
        return {"loss": held_out_loss(y, found), "accuracy": float(np.mean(found.argmax(1) == y))}

    fit(network, Varied(images, labels).epoch, validate, name="mcuformer", epochs=epochs, patience=PATIENCE, batch=BATCH)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of cifar10_jpeg_subset.npz")
    parser.add_argument("--out", type=Path, default=FOLDER / "weights.keras")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="at most so many")
    options = parser.parse_args()

    started = time.monotonic()
    with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
        images, labels = data["x_train"], data["y_train"]
    network = train(images[:-FOLD], labels[:-FOLD], (images[-FOLD:], labels[-FOLD:]), options.epochs)
    save(network, options.out)
    print(f"Saved {options.out.name} after {math.ceil((time.monotonic() - started) / 60)} minutes")


if __name__ == "__main__":
    main()
