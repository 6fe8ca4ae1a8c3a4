"""Draw the shipped samples: `python models/lightcnn/make_samples.py [--data DIR]`; the same every time.

Of the first fold, raw as they were measured: segments of its training subjects to calibrate with, and the first 40 s of its test
subjects to evaluate on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import features
import numpy as np
from train import DATA, FOLDER, SEED

CALIBRATION = 8


def calibration(recordings: features.Recordings, fold: features.Fold) -> features.Array:
    """Raw segments of the fold's training subjects: the loudest and the quietest ones, and others by chance."""
    raw, _, _ = segments = features.segments(recordings.of(fold.train))
    loudness = np.abs(segments.values.astype(np.int32)).mean((1, 2))
    ends = np.argsort(loudness)[[0, 1, -2, -1]]
    others = np.setdiff1d(np.arange(len(raw)), ends)
    return raw[[*ends, *np.random.default_rng(SEED).choice(others, CALIBRATION - len(ends), replace=False)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of {features.FILE}")
    options = parser.parse_args()
    recordings = features.load(options.data)
    fold = features.folds(int(recordings.subject.max()) + 1, SEED)[0]
    tested = recordings.of(fold.test)
    test = features.segments(tested._replace(signal=tested.signal[:, : 2 * features.FRONTEND.samples]))
    np.savez_compressed(FOLDER / "samples.npz", calibration=calibration(recordings, fold), x=test.raw, y=test.task)


if __name__ == "__main__":
    main()
