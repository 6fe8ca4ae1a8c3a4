"""Accuracy, float and int8: `python models/mcunet/evaluate.py [--data DIR]`.

On the 100 shipped test images, and with --data on all 1,500 test images of that folder's cifar10_jpeg_subset.npz. The
int8 model runs in the reference interpreter, tflite_micro.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from tinykit.families import open_family
from tinykit.quantizer.convert import int8_accuracy, quantize

FOLDER = Path(__file__).resolve().parent


def float_accuracy(inputs: np.ndarray, labels: np.ndarray) -> float:
    """Of the Keras model on float32 network inputs [n, 96, 96, 3]."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    model = keras.saving.load_model(FOLDER / "weights.keras", compile=False, safe_mode=True)
    return float(np.mean(model.predict(inputs, batch_size=50, verbose=0).argmax(1) == labels.reshape(-1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of cifar10_jpeg_subset.npz")
    options = parser.parse_args()
    family = open_family(FOLDER)
    quantised = quantize(FOLDER)
    sets = {"shipped sample": family.evaluation()}
    if options.data:
        with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
            sets["test set"] = family.preprocess.apply(data["x_test"]), data["y_test"]
    for name, (inputs, labels) in sets.items():
        before, after = float_accuracy(inputs, labels), int8_accuracy(quantised.path, inputs, labels)
        print(f"{name}, {len(labels)} images: float {before:.1%}, int8 {after:.1%}")


if __name__ == "__main__":
    main()
