"""Train the network from scratch: `python models/mcuformer/train.py [--data DIR]`, under an hour on two cores.

The last 750 training images are held out: what they say is printed while the network trains. The test images are
never touched here, see evaluate.py.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import keras
import model
import numpy as np

from tinykit.families.fitting import save
from tinykit.quantizer.preprocess import Array, Floats

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/cifar10"
SEED = 2023
BATCH = 64
EPOCHS = 20
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


def train(images: Array, labels: Array, held_out: tuple[Array, Array], epochs: int = EPOCHS) -> keras.Model:
    """Train on uint8 images [n, 32, 32, 3]; the accuracy on `held_out` is printed after every fourth epoch."""
    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    steps = len(images) // BATCH
    network = model.build()
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 100, (epochs - WARMUP) * steps, warmup_target=RATE, warmup_steps=WARMUP * steps
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING)
    network.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    targets = np.eye(model.CLASSES, dtype=np.float32)[labels]
    for epoch in range(epochs):
        began = time.monotonic()
        order = random.permutation(len(images))[: steps * BATCH]
        history = network.fit(
            augmented(images[order], random), targets[order], batch_size=BATCH, shuffle=False, verbose=0
        ).history
        held = f", held out {accuracy(network, *held_out):.4f}" if epoch % 4 == 3 or epoch == epochs - 1 else ""
        print(
            f"epoch {epoch + 1}/{epochs}: loss {history['loss'][0]:.4f}, accuracy {history['accuracy'][0]:.4f}{held}, "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    return network


def accuracy(network: keras.Model, images: Array, labels: Array) -> float:
    """Share of uint8 `images` [n, 32, 32, 3] classified as `labels` say."""
    return float(np.mean(network.predict(inputs(images), batch_size=250, verbose=0).argmax(1) == labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of cifar10_jpeg_subset.npz")
    parser.add_argument("--out", type=Path, default=FOLDER / "weights.keras")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()

    started = time.monotonic()
    with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
        images, labels = data["x_train"], data["y_train"]
    network = train(images[:-FOLD], labels[:-FOLD], (images[-FOLD:], labels[-FOLD:]), options.epochs)
    save(network, options.out)
    print(f"Saved {options.out.name} after {math.ceil((time.monotonic() - started) / 60)} minutes")


if __name__ == "__main__":
    main()
