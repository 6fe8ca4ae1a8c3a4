"""Train a network: `python models/mcunet/train.py [--variant NAME] [--data DIR]`, under an hour on two cores.

The stored images have 32 x 32 pixels, so most epochs run on them as they are or enlarged to 48 only, and the last ones at the
full size. The last 750 training images are held out and reported on after every phase; the test images are never touched
here, see evaluate.py.
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

from tinykit.families.fitting import save
from tinykit.quantizer.preprocess import Array, Floats, Preprocess, bilinear_matrix, centres, sample

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/cifar10"
SEED = 2020
BATCH = 128
PART = 10  # batches made at a time
FOLD = 750
LABEL_SMOOTHING = 0.1
WEIGHT_DECAY = 0.05


class Phase(NamedTuple):
    """Epochs at one image size, each of a `share` of the images; the learning rate goes from `first` to `last` along a cosine."""

    size: int
    epochs: int
    first: float
    last: float
    share: float = 1.0


PHASES = {
    "default": (Phase(48, 45, 4e-3, 4e-4), Phase(96, 9, 2e-3, 0.0)),
    "small": (Phase(32, 14, 4e-3, 4e-4), Phase(48, 4, 2e-3, 0.0)),
    "redistributed": (Phase(96, 1, 1e-3, 0.0, share=0.6),),
    "mobilenetv2": (Phase(32, 7, 4e-3, 4e-4), Phase(96, 1, 2e-3, 0.0, share=0.2)),
}
GROWN = ("redistributed",)
"""Variants that start from the default's weights, as MCUNet's kernels of all sizes share theirs: a kernel is cut to its middle,
or gets zeros around it, and a block that is new adds nothing at first."""
WARMUP = 2  # epochs


class Augmented:
    """Randomly moved, scaled, mirrored, tinted and partly covered training images at one size.

    Many batches are made at once: handed over one by one from Python, TensorFlow trains three times slower.
    """

    def __init__(self, images: Array, labels: Array, size: int, batches: int, seed: int) -> None:
        self.images, self.labels, self.size = images.astype(np.float32), np.eye(model.CLASSES)[labels], size
        self.batches = batches
        self.random = np.random.default_rng(seed)

    def epoch(self) -> Iterator[tuple[Floats, Floats]]:
        """Inputs float32 [n, size, size, 3] and labels float32 [n, 10] of one epoch in parts, whole batches only."""
        order = self.random.permutation(len(self.images))
        batches = [order[i * BATCH : (i + 1) * BATCH] for i in range(self.batches)]
        for first in range(0, len(batches), PART):
            part = batches[first : first + PART]
            inputs = np.concatenate([self._batch(self.images[chosen]) for chosen in part])
            yield inputs, self.labels[np.concatenate(part)].astype(np.float32)

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
    images: Array,
    labels: Array,
    held_out: tuple[Array, Array],
    variant: model.Variant,
    phases: tuple[Phase, ...],
    start: keras.Model | None = None,
) -> keras.Model:
    """Train through all phases on uint8 images [n, 32, 32, 3], from the weights of `start` if it is given; reports on `held_out`
    after each phase."""
    keras.utils.set_random_seed(SEED)
    network = model.build(phases[0].size, variant.width, variant.blocks)
    if start is not None:
        grow(network, start)
    for number, phase in enumerate(phases):
        following = model.build(phase.size, variant.width, variant.blocks)
        following.set_weights(network.get_weights())
        network = following
        steps = int(len(images) * phase.share) // BATCH
        warmup = min(WARMUP, phase.epochs - 1) if number == 0 and start is None else 0
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
        augmented = Augmented(images, labels, phase.size, steps, SEED + number)
        for epoch in range(phase.epochs):
            began = time.monotonic()
            found = [
                network.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0).history
                for inputs, targets in augmented.epoch()
            ]
            loss_now, accuracy_now = (np.mean([part[name][0] for part in found]) for name in ("loss", "accuracy"))
            seconds = time.monotonic() - began
            print(
                f"  epoch {epoch + 1}/{phase.epochs}: loss {loss_now:.4f}, accuracy {accuracy_now:.4f}, {seconds:.0f} s",
                flush=True,
            )
        print(f"Held-out accuracy {accuracy(network, *held_out, phase.size):.4f}", flush=True)
    return network


def grow(network: keras.Model, start: keras.Model) -> None:
    """Give `network` the weights of `start`'s layers of the same names."""
    known = {layer.name: layer.get_weights() for layer in start.layers}
    for layer in network.layers:
        if layer.name in known:
            layer.set_weights([fitted(old, new.shape) for old, new in zip(known[layer.name], layer.get_weights(), strict=True)])
        elif layer.name.endswith("project_bn"):
            gamma, *others = layer.get_weights()
            layer.set_weights([0 * gamma, *others])


def fitted(weights: Array, shape: tuple[int, ...]) -> Array:
    """`weights` of another kernel size: their middle, or themselves in the middle of zeros."""
    differences = [wanted - had for wanted, had in zip(shape, weights.shape, strict=True)]
    cut = weights[tuple(slice(-d // 2, d // 2) if d < 0 else slice(None) for d in differences)]
    return np.pad(cut, [(max(d, 0) // 2,) * 2 for d in differences])


def accuracy(network: keras.Model, images: Array, labels: Array, size: int) -> float:
    """Share of uint8 `images` [n, 32, 32, 3] classified as `labels` say."""
    inputs = Preprocess((size, size), "bilinear", "x/128-1").apply(images)
    return float(np.mean(network.predict(inputs, batch_size=250, verbose=0).argmax(1) == labels))


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
    start = keras.saving.load_model(FOLDER / "weights.keras", compile=False) if options.variant in GROWN else None
    variant, phases = model.VARIANTS[options.variant], PHASES[options.variant]
    if options.epochs:
        phases = tuple(phase._replace(epochs=min(phase.epochs, options.epochs)) for phase in phases)
    network = train(images[:-FOLD], labels[:-FOLD], held_out, variant, phases, start)
    save(network, out)
    print(f"Saved {out.name} after {math.ceil((time.monotonic() - started) / 60)} minutes")


if __name__ == "__main__":
    main()
