"""Recordings, what the front end of `family.toml` makes of them, and which are trained, validated and tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinykit.features.open import open_frontend

FOLDER = Path(__file__).resolve().parent
FILE = "physionet2016_5s_2khz.npz"
FRONTEND = open_frontend(FOLDER / "family.toml")
DATABASES = "abcdef"

Array = npt.NDArray[Any]


class Recordings(NamedTuple):
    """Recordings that were marked as of good quality: int16 [n, 10000], abnormal 0 or 1 [n], database `a` to `f` [n]."""

    signal: npt.NDArray[np.int16]
    abnormal: npt.NDArray[np.int64]
    database: Array


class Split(NamedTuple):
    """Indices of recordings."""

    train: Array
    validation: Array
    test: Array


def load(folder: Path) -> Recordings:
    """The recordings of `folder`'s data file."""
    with np.load(folder / FILE, allow_pickle=False) as data:
        good = data["good_quality"] == 1
        return Recordings(data["signal"][good], data["abnormal"][good].astype(np.int64), data["database"][good])


def maps(signal: npt.NDArray[np.int16], cache: Path | None = None) -> npt.NDArray[np.int8]:
    """What the front end makes of recordings, int8 [n, 1000, 32]; kept in the file `cache` if given, and read from there."""
    if cache is not None and cache.is_file():
        kept: npt.NDArray[np.int8] = np.load(cache, allow_pickle=False)
        return kept
    found = FRONTEND.apply(signal)
    if cache is not None:
        np.save(cache, found)
    return found


def inputs(values: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """Network inputs float32 [n, 1000, 32, 1] in 0..1 of maps int8 [n, 1000, 32]."""
    return ((values.astype(np.float32) + 128) / np.float32(255))[..., None]


def random_split(recordings: Recordings, seed: int) -> Split:
    """70, 15 and 15 % of each database's normal and abnormal recordings. Every site is known: an easy split."""
    random = np.random.default_rng(seed)
    parts: list[list[Array]] = [[], [], []]
    for database in DATABASES:
        for label in (0, 1):
            chosen = random.permutation(np.flatnonzero((recordings.database == database) & (recordings.abnormal == label)))
            cuts = [round(0.70 * len(chosen)), round(0.85 * len(chosen))]
            for part, indices in zip(parts, np.split(chosen, cuts), strict=True):
                part.append(indices)
    return Split(*(np.sort(np.concatenate(part)) for part in parts))


def without(recordings: Recordings, database: str, seed: int) -> Split:
    """All of `database` to test on; of the others, one seventh to validate and the rest to train."""
    others = np.random.default_rng(seed).permutation(np.flatnonzero(recordings.database != database))
    cut = len(others) // 7
    return Split(np.sort(others[cut:]), np.sort(others[:cut]), np.flatnonzero(recordings.database == database))
