"""Draw the shipped samples: `python models/mcuformer/make_samples.py [--data DIR]`; the same every time.

100 training images to calibrate with and 100 test images to evaluate on, ten of each class in both.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parents[1] / "../shared/data/cifar10"
EACH = 10
SEED = 2023


def draw(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Indices of EACH images of every class, mixed."""
    chosen = [random.choice(np.flatnonzero(labels == label), EACH, replace=False) for label in np.unique(labels)]
    return random.permutation(np.concatenate(chosen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of cifar10_jpeg_subset.npz")
    options = parser.parse_args()
    random = np.random.default_rng(SEED)
    with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
        train, test = draw(data["y_train"], random), draw(data["y_test"], random)
        np.savez_compressed(
            FOLDER / "samples.npz",
            calibration=data["x_train"][train],
            x=data["x_test"][test],
            y=data["y_test"][test].astype(np.int64),
        )


if __name__ == "__main__":
    main()
