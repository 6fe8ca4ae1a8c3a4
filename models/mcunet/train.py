"""Train the network from scratch: `python models/mcunet/train.py [--data DIR]`, under an hour on two cores.

The stored images have 32 x 32 pixels, so most epochs run on them enlarged to 48 only, and the last ones at the full 96.
The last 750 training images are held out and reported on after every phase; the test images are never touched here, see
evaluate.py.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import NamedTuple

import keras
import model
import numpy as np

from tinykit.quantizer.preprocess import Array, Floats, Preprocess, bilinear_matrix, centres, sample

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/cifar10"
SEED = 2020
BATCH = 128
FOLD = 750
LABEL_SMOOTHING = 0.1
WEIGHT_DECAY = 0.05


class Phase(NamedTuple):
    """Epochs at one image size; the learning rate goes from `first` to `last` along a cosine."""

    size: int
    epochs: int
    first: float
    last: float


PHASES = (Phase(48, 45, 4e-3, 4e-4), Phase(96, 9, 2e-3, 0.0))
WARMUP = 2  # epochs


class Augmented:
    """Randomly moved, scaled, mirrored, tinted and partly covered training images at one size, an epoch at a time.

    A whole epoch is made at once: handed over batch by batch from Python, TensorFlow trains three times slower.
    """

    def __init__(self, images: Array, labels: Array, size: int, seed: int) -> None:
        self.images, self.labels, self.size = images.astype(np.float32), np.eye(model.CLASSES)[labels], size
        self.random = np.random.default_rng(seed)

    def epoch(self) -> tuple[Floats, Floats]:
        """Inputs float32 [n, size, size, 3] and labels float32 [n, 10] of one epoch, whole batches only."""
        order = self.random.permutation(len(self.images))
        batches = [order[i * BATCH : (i + 1) * BATCH] for i in range(len(order) // BATCH)]
        inputs = np.concatenate([self._batch(self.images[chosen]) for chosen in batches])
        return inputs, self.labels[np.concatenate(batches)].astype(np.float32)

    def _batch(self, images: Floats) -> Floats:
        images = self._cover(self._tint(images))
        rows, columns = self._views(mirror=False), self._views(mirror=True)
        return sample(images, rows, columns) / 128 - 1

    def _views(self, mirror: bool) -> Floats:
        """Interpolation weights of a random stretch of each image along one axis, mirrored half of the time."""
        source = self.images.shape[1]
        middle = (source - 1) / 2
        zoom = self.random.uniform(0.75, 1.1, (BATCH, 1))
        side = self.random.choice((-1, 1), (BATCH, 1)) if mirror else 1
        shift = self.random.uniform(-4, 4, (BATCH, 1))
        positions = (centres(source, self.size) - middle) * zoom * side + middle + shift
        return bilinear_matrix(positions.astype(np.float32), source)

    def _tint(self, images: Floats) -> Floats:
        saturation, contrast = self.random.uniform(0.7, 1.3, (2, BATCH, 1, 1, 1)).astype(np.float32)
        brightness = self.random.uniform(-20, 20, (BATCH, 1, 1, 1)).astype(np.float32)
        grey = images.mean(3, keepdims=True)
        images = grey + (images - grey) * saturation
        mean = images.mean((1, 2, 3), keepdims=True)
        return np.clip(mean + (images - mean) * contrast + brightness, 0, 255)

    def _cover(self, images: Floats, edge: int = 10) -> Floats:
        """Paint a grey square of `edge` pixels somewhere on each image, perhaps beyond its border."""
        pixel = np.arange(images.shape[1])
        top, left = self.random.integers(-edge // 2, images.shape[1] - edge // 2, (2, BATCH, 1))
        inside_rows = (pixel >= top) & (pixel < top + edge)
        inside_columns = (pixel >= left) & (pixel < left + edge)
        return np.where((inside_rows[:, :, None] & inside_columns[:, None, :])[..., None], np.float32(128), images)


def train(
    images: Array, labels: Array, held_out: tuple[Array, Array], phases: tuple[Phase, ...] = PHASES
) -> keras.Model:
    """Train through all phases on uint8 images [n, 32, 32, 3]; reports on `held_out` after each phase."""
    keras.utils.set_random_seed(SEED)
    steps = len(images) // BATCH
    network = model.build(phases[0].size)
    for number, phase in enumerate(phases):
        following = model.build(phase.size)
        following.set_weights(network.get_weights())
        network = following
        warmup = WARMUP if number == 0 else 0
        rate = keras.optimizers.schedules.CosineDecay(
            phase.first if not warmup else phase.first / 100,
            (phase.epochs - warmup) * steps,
            alpha=phase.last / phase.first,
            warmup_target=phase.first if warmup else None,
            warmup_steps=warmup * steps,
        )
        optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING)
        network.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
        print(f"Phase {number + 1} of {len(phases)}: {phase.epochs} epochs at {phase.size} x {phase.size}", flush=True)
        augmented = Augmented(images, labels, phase.size, SEED + number)
        for epoch in range(phase.epochs):
            began = time.monotonic()
            inputs, targets = augmented.epoch()
            history = network.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0).history
            seconds = time.monotonic() - began
            print(
                f"  epoch {epoch + 1}/{phase.epochs}: loss {history['loss'][0]:.4f}, "
                f"accuracy {history['accuracy'][0]:.4f}, {seconds:.0f} s",
                flush=True,
            )
        print(f"Held-out accuracy {accuracy(network, *held_out, phase.size):.4f}", flush=True)
    return network


def accuracy(network: keras.Model, images: Array, labels: Array, size: int) -> float:
    """Share of uint8 `images` [n, 32, 32, 3] classified as `labels` say."""
    inputs = Preprocess((size, size), "bilinear", "x/128-1").apply(images)
    return float(np.mean(network.predict(inputs, batch_size=250, verbose=0).argmax(1) == labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of cifar10_jpeg_subset.npz")
    parser.add_argument("--out", type=Path, default=FOLDER / "weights.keras")
    options = parser.parse_args()

    started = time.monotonic()
    with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
        images, labels = data["x_train"], data["y_train"]
    network = train(images[:-FOLD], labels[:-FOLD], (images[-FOLD:], labels[-FOLD:]))
    keras.Model(network.input, network.output, name=network.name).save(options.out)
    print(f"Saved {options.out.name} after {math.ceil((time.monotonic() - started) / 60)} minutes")


if __name__ == "__main__":
    main()
