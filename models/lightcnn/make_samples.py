"""Draw the shipped samples: `python models/lightcnn/make_samples.py [--data DIR]`; the same every time.

Of the first fold: 24 segments of its training subjects to calibrate with, the loudest ones in both directions among them so that
the input's range is -1..1, and every second segment of its test subjects to evaluate on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import features
import numpy as np
from train import DATA, FOLDER, SEED


def calibration(recordings: features.Recordings, fold: features.Fold) -> features.Array:
    """24 segments int8 of the fold's training subjects."""
    values, _ = features.segments(recordings, fold.train)
    ends = [int(values.min((1, 2)).argmin()), int(values.max((1, 2)).argmax())]
    others = np.setdiff1d(np.arange(len(values)), ends)
    return values[[*ends, *np.random.default_rng(SEED).choice(others, 22, replace=False)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    options = parser.parse_args()
    recordings = features.load(options.data)
    fold = features.folds(int(recordings.subject.max()) + 1, SEED)[0]
    x, y = features.segments(recordings, fold.test)
    np.savez_compressed(FOLDER / "samples.npz", calibration=calibration(recordings, fold), x=x[::2], y=y[::2])


if __name__ == "__main__":
    main()
