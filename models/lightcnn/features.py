"""From electrodes to network inputs, and which subjects are trained, validated and tested on.

A sample becomes int8 by itself: steps of half a microvolt, clipped at ±64. The scale is fixed and not that of a segment, so a
board can push each sample into the network as it is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FILE = "eegmat_28_subjects_500hz.npz"
RATE = 500
STEP = 0.5
"""Microvolts of one int8 step."""
SEGMENT = 2500
FOLDS = 7

Array = npt.NDArray[Any]


class Recordings(NamedTuple):
    """One row a recording: int8 [n, samples, channels], task 0 or 1 [n], subject number [n]."""

    values: npt.NDArray[np.int8]
    task: npt.NDArray[np.int64]
    subject: npt.NDArray[np.int64]


class Fold(NamedTuple):
    """Subject numbers of one fold."""

    train: Array
    validation: Array
    test: Array


def as_int8(microvolts: Array) -> npt.NDArray[np.int8]:
    """EEG in microvolts, any shape, as the int8 values a board pushes: `microvolts / STEP`, rounded and clipped."""
    return np.clip(np.rint(microvolts / STEP), -128, 127).astype(np.int8)


def load(folder: Path) -> Recordings:
    """The recordings of `folder`'s data file; 60 s each, rest (task 0) and mental arithmetic (1) of every subject."""
    with np.load(folder / FILE, allow_pickle=False) as data:
        values = as_int8(data["eeg_tenth_microvolt"].astype(np.float32) / 10).transpose(0, 2, 1)
        subject = np.unique(data["subject"], return_inverse=True)[1]
        return Recordings(np.ascontiguousarray(values), data["task"].astype(np.int64), subject.astype(np.int64))


def folds(subjects: int, seed: int) -> list[Fold]:
    """Each subject is tested in one fold, and validates in another; nobody is in two parts of the same fold."""
    parts = np.array_split(np.random.default_rng(seed).permutation(subjects), FOLDS)
    found = []
    for n in range(FOLDS):
        test, validation = parts[n], parts[(n + 1) % FOLDS]
        found.append(Fold(np.setdiff1d(np.arange(subjects), [*test, *validation]), validation, test))
    return found


def segments(recordings: Recordings, subjects: Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """Segments int8 [n, SEGMENT, channels] that follow each other without overlap, and their tasks [n]."""
    chosen = np.flatnonzero(np.isin(recordings.subject, subjects))
    count = recordings.values.shape[1] // SEGMENT
    cut = recordings.values[chosen, : count * SEGMENT].reshape(len(chosen) * count, SEGMENT, -1)
    return cut, np.repeat(recordings.task[chosen], count)


def leaky_split(recordings: Recordings) -> tuple[Array, list[tuple[Array, Array]]]:
    """A split within every recording, as published figures have it: values to train on, and segments with their tasks to
    validate and to test on. The same subject and session is in all three, which flatters: for comparison only."""
    train, validation = 8 * SEGMENT, 10 * SEGMENT
    parts = []
    for begin, end in ((train, validation), (validation, 12 * SEGMENT)):
        part = recordings.values[:, begin:end]
        parts.append((part.reshape(-1, SEGMENT, part.shape[2]), np.repeat(recordings.task, (end - begin) // SEGMENT)))
    return recordings.values[:, :train], parts


def inputs(values: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    """Network inputs in -1..1 of int8 segments."""
    return values.astype(np.float32) / np.float32(128)


def band_powers(values: npt.NDArray[np.int8]) -> npt.NDArray[np.float64]:
    """Logarithms of the power in five bands of every channel, [n, 5 × channels], of int8 segments: for the baseline."""
    spectrum = np.abs(np.fft.rfft(values.astype(np.float64) * STEP, axis=1)) ** 2
    frequency = np.fft.rfftfreq(values.shape[1], 1 / RATE)
    bands = ((1, 4), (4, 8), (8, 13), (13, 30), (30, 45))
    powers = [spectrum[:, (frequency >= low) & (frequency < high)].mean(1) for low, high in bands]
    return np.log(np.concatenate(powers, 1) + 1e-3)
