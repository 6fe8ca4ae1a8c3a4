"""Train a network from scratch: `python models/mcunet/train.py [--variant NAME] [--data DIR]`, under an hour on one core.

The stored images have 32 x 32 pixels, so most epochs run on them enlarged to 48 only, and the last ones at the full size. The
last 750 training images are held out: a phase ends when the loss on them no longer falls, and its best epoch is kept. The test
images are never touched here, see evaluate.py.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import model
import numpy as np

from tinykit.families.fitting import answers, fit, held_out_loss, repeatable, save
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


PHASES = {
    "default": (Phase(48, 40, 4e-3, 4e-4), Phase(96, 6, 2e-3, 0.0)),
    "small": (Phase(48, 40, 4e-3, 0.0),),
    "redistributed": (Phase(48, 40, 4e-3, 4e-4), Phase(96, 6, 2e-3, 0.0)),
    "mobilenetv2": (Phase(48, 28, 4e-3, 4e-4), Phase(96, 4, 2e-3, 0.0)),
}
PATIENCE = 12
WARMUP = 2  # epochs


class Augmented:
    """Randomly moved, scaled, mirrored, tinted and partly covered training images at one size."""

    def __init__(self, images: Array, labels: Array, size: int, seed: int) -> None:
        self.images, self.targets = images.astype(np.float32), np.eye(model.CLASSES, dtype=np.float32)[labels]
        self.size = size
        self.batches = len(images) // BATCH
        self.random = np.random.default_rng(seed)

    def epoch(self) -> Iterator[tuple[Floats, Floats]]:
        """Inputs float32 [BATCH, size, size, 3] and targets float32 [BATCH, 10], batch by batch."""
        order = self.random.permutation(len(self.images))
        for first in range(0, self.batches * BATCH, BATCH):
            chosen = order[first : first + BATCH]
            yield self._batch(self.images[chosen]), self.targets[chosen]

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
    images: Array, labels: Array, held_out: tuple[Array, Array], variant: model.Variant, phases: tuple[Phase, ...]
) -> keras.Model:
    """Train through all phases on uint8 images [n, 32, 32, 3]; each ends with its best epoch by the loss on `held_out`."""
    repeatable(SEED)
    network = model.build(phases[0].size, variant.width, variant.blocks)
    for number, phase in enumerate(phases):
        following = model.build(phase.size, variant.width, variant.blocks)
        following.set_weights(network.get_weights())
        network = following
        _train(network, Augmented(images, labels, phase.size, SEED + number), held_out, phase, WARMUP if number == 0 else 0)
    return network


def _train(network: keras.Model, augmented: Augmented, held_out: tuple[Array, Array], phase: Phase, warmup: int) -> None:
    warmup = min(warmup, phase.epochs - 1)
    rate = keras.optimizers.schedules.CosineDecay(
        phase.first / 100 if warmup else phase.first,
        (phase.epochs - warmup) * augmented.batches,
        alpha=phase.last / phase.first,
        warmup_target=phase.first if warmup else None,
        warmup_steps=warmup * augmented.batches,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    network.compile(optimizer, keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING), jit_compile=False)
    x, y = Preprocess((phase.size, phase.size), "bilinear", "x/128-1").apply(held_out[0]), held_out[1]

    def validate() -> dict[str, float]:
        found = answers(network, x, 250)
        return {"loss": held_out_loss(y, found), "accuracy": float(np.mean(found.argmax(1) == y))}

    name = f"{phase.size} x {phase.size}"
    fit(network, augmented.epoch, validate, name=name, epochs=phase.epochs, patience=PATIENCE, batch=BATCH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of cifar10_jpeg_subset.npz")
    parser.add_argument("--variant", choices=model.VARIANTS, default="default")
    parser.add_argument("--epochs", type=int, help="at most so many in each phase")
    parser.add_argument("--out", type=Path, help="default: the variant's weights beside this script")
    options = parser.parse_args()
    out = options.out or FOLDER / ("weights.keras" if options.variant == "default" else f"{options.variant}.keras")

    started = time.monotonic()
    with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
        images, labels = data["x_train"], data["y_train"]
    held_out = images[-FOLD:], labels[-FOLD:]
    variant, phases = model.VARIANTS[options.variant], PHASES[options.variant]
    if options.epochs:
        phases = tuple(phase._replace(epochs=min(phase.epochs, options.epochs)) for phase in phases)
    network = train(images[:-FOLD], labels[:-FOLD], held_out, variant, phases)
    save(network, out)
    print(f"Saved {out.name} after {math.ceil((time.monotonic() - started) / 60)} minutes")


if __name__ == "__main__":
    main()
