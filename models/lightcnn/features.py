"""From electrodes to network inputs, and which subjects are trained, validated and tested on.

The front end of `family.toml` filters every channel, keeps each fourth sample, and gives int8 in steps of half a microvolt.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinykit.features import SignalFrontEnd
from tinykit.features.open import open_frontend

FOLDER = Path(__file__).resolve().parent
FILE = "eegmat_28_subjects_500hz.npz"
FOLDS = 7
STRIDE = 2500
"""Samples at 500 Hz from one test segment to the next: 5 s, so that they overlap."""

Array = npt.NDArray[Any]

_frontend = open_frontend(FOLDER / "family.toml")
assert isinstance(_frontend, SignalFrontEnd)
FRONTEND = _frontend
RATE = FRONTEND.rate // FRONTEND.decimate
"""Of the network's input, Hz."""


class Recordings(NamedTuple):
    """One row a recording: tenths of a microvolt int16 [n, samples, channels], task 0 or 1 [n], subject number [n]."""

    signal: npt.NDArray[np.int16]
    task: npt.NDArray[np.int64]
    subject: npt.NDArray[np.int64]

    def of(self, subjects: Array) -> Recordings:
        """Those of `subjects`."""
        chosen = np.isin(self.subject, subjects)
        return Recordings(self.signal[chosen], self.task[chosen], self.subject[chosen])


class Segments(NamedTuple):
    """Segments of recordings: raw int16 [n, samples × channels], task [n], number of the recording [n]."""

    raw: npt.NDArray[np.int16]
    task: npt.NDArray[np.int64]
    recording: npt.NDArray[np.int64]

    @property
    def values(self) -> npt.NDArray[np.int8]:
        """What the front end makes of them, int8 [n, 2500, channels]."""
        return FRONTEND.apply(self.raw)


class Fold(NamedTuple):
    """Subject numbers of one fold."""

    train: Array
    validation: Array
    test: Array


def load(folder: Path) -> Recordings:
    """The recordings of `folder`'s data file; 60 s each, rest (task 0) and mental arithmetic (1) of every subject."""
    with np.load(folder / FILE, allow_pickle=False) as data:
        signal = np.ascontiguousarray(data["eeg_tenth_microvolt"].transpose(0, 2, 1))
        subject = np.unique(data["subject"], return_inverse=True)[1]
        return Recordings(signal, data["task"].astype(np.int64), subject.astype(np.int64))


def folds(subjects: int, seed: int) -> list[Fold]:
    """Each subject is tested in one fold, and validates in another; nobody is in two parts of the same fold."""
    parts = np.array_split(np.random.default_rng(seed).permutation(subjects), FOLDS)
    found = []
    for n in range(FOLDS):
        test, validation = parts[n], parts[(n + 1) % FOLDS]
        found.append(Fold(np.setdiff1d(np.arange(subjects), [*test, *validation]), validation, test))
    return found


def segments(recordings: Recordings, stride: int = FRONTEND.samples) -> Segments:
    """Segments of the front end's length that begin every `stride` samples."""
    count, length, _ = recordings.signal.shape
    starts = range(0, length - FRONTEND.samples + 1, stride)
    raw = [signal[at : at + FRONTEND.samples].reshape(-1) for signal in recordings.signal for at in starts]
    numbers = np.repeat(np.arange(count), len(starts))
    return Segments(np.stack(raw), recordings.task[numbers], numbers)


def thirds(recordings: Recordings) -> list[Recordings]:
    """A split within every recording, as published figures have it, to train, validate and test on: the same subject and
    session is in all three, which flatters, so it is for comparison only."""
    size = recordings.signal.shape[1] // 3
    return [recordings._replace(signal=recordings.signal[:, n * size : (n + 1) * size]) for n in range(3)]


def filtered(recordings: Recordings) -> npt.NDArray[np.int8]:
    """Whole recordings behind the filters, int8 [n, samples / 4, channels], to cut training segments from."""
    signal = recordings.signal
    whole = replace(FRONTEND, samples=signal.shape[1])
    return whole.apply(signal.reshape(len(signal), -1))


def inputs(values: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """Network inputs in -1..1 of int8 segments."""
    return values.astype(np.float32) * np.float32(FRONTEND.step)
