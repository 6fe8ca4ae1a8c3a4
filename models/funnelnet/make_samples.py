"""Draw the shipped samples: `python models/funnelnet/make_samples.py [--data DIR]`; the same every time.

Of the random split: 32 training recordings to calibrate with, and 32 normal and 32 abnormal test recordings to evaluate on,
raw as they were measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import features
import numpy as np
from train import DATA, FOLDER, SEED


def draw(recordings: features.Recordings, part: features.Array, each: int, random: np.random.Generator) -> features.Array:
    """Indices of `each` normal and as many abnormal recordings of `part`, mixed."""
    labels = recordings.abnormal[part]
    return random.permutation(np.concatenate([random.choice(part[labels == label], each, replace=False) for label in (0, 1)]))


def calibration(recordings: features.Recordings, split: features.Split) -> features.Array:
    """Indices of the 32 training recordings of `split` that quantisation is calibrated with."""
    return draw(recordings, split.train, 16, np.random.default_rng(SEED))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    options = parser.parse_args()
    recordings = features.load(options.data)
    split = features.random_split(recordings, SEED)
    train, test = calibration(recordings, split), draw(recordings, split.test, 32, np.random.default_rng(SEED + 1))
    np.savez_compressed(
        FOLDER / "samples.npz", calibration=recordings.signal[train], x=recordings.signal[test], y=recordings.abnormal[test]
    )


if __name__ == "__main__":
    main()
