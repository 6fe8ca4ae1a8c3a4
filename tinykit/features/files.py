"""A user's own files as arrays: one folder a class, `FOLDER/CLASS/*.wav` or `*.csv`."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError


class Labelled(NamedTuple):
    """Windows [n, …], the number of each one's class [n], the number of the file it was cut from [n], and the classes' names."""

    x: npt.NDArray[Any]
    y: npt.NDArray[np.int64]
    file: npt.NDArray[np.int64]
    classes: tuple[str, ...]


def wav_folder(folder: str | Path, rate: int, samples: int) -> Labelled:
    """Windows int16 [n, samples], one after the other, of 16-bit PCM files at `rate`; of several channels the first.

    Split them by `file` and not by window: windows of one recording are alike. Raises InputError naming the file that is wrong.
    """

    def read(path: Path) -> npt.NDArray[Any]:
        try:
            with wave.open(str(path), "rb") as file:
                found, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
                data = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            raise InputError(f"{path}: not a readable WAV file: {error}") from None
        if width != 2 or found != rate:
            raise InputError(
                f"{path}: {8 * width} bits at {found} Hz, not 16 bits at {rate} Hz",
                hint="convert it, or choose a rate that `decimate` of the front end brings down",
            )
        return np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)[:, 0]

    return _windows(Path(folder), "*.wav", samples, read)


def csv_folder(folder: str | Path, rows: int) -> Labelled:
    """Windows float32 [n, rows, columns], one after the other, of tables of numbers, one sample a row; a heading is skipped.

    Split them by `file` and not by window. Raises InputError naming the file that is wrong.
    """

    def read(path: Path) -> npt.NDArray[Any]:
        try:
            with path.open(encoding="utf-8") as file:
                heading = any(c.isalpha() and c not in "eE" for c in file.readline())
            return np.loadtxt(path, np.float32, delimiter=",", skiprows=int(heading), ndmin=2, encoding="utf-8")
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: not a table of numbers with commas between them: {error}") from None

    return _windows(Path(folder), "*.csv", rows, read)


def _windows(folder: Path, pattern: str, length: int, read: Callable[[Path], npt.NDArray[Any]]) -> Labelled:
    classes = tuple(sorted(path.name for path in folder.iterdir() if any(path.glob(pattern)))) if folder.is_dir() else ()
    if not classes:
        raise InputError(f"{folder}: no folders with {pattern} files in it", hint=f"it should hold CLASS/{pattern}")
    x, y, files = [], [], []
    shape: tuple[int, ...] | None = None
    number = 0
    for label, name in enumerate(classes):
        for path in sorted((folder / name).glob(pattern)):
            values = read(path)
            if shape is not None and values.shape[1:] != shape:
                raise InputError(f"{path}: {values.shape[1]} columns, the files before it have {shape[0]}")
            shape = values.shape[1:]
            count = len(values) // length
            x.append(values[: count * length].reshape(count, length, *shape))
            y += [label] * count
            files += [number] * count
            number += 1
    if not y:
        raise InputError(f"{folder}: no file is as long as a window of {length}")
    return Labelled(np.concatenate(x), np.array(y, np.int64), np.array(files, np.int64), classes)
