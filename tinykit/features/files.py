"""A user's own files as arrays: one folder a class, `FOLDER/CLASS/*.wav` or `*.csv`."""

from __future__ import annotations

import warnings
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

    return _windows(Path(folder), ".wav", samples, read)


def csv_folder(folder: str | Path, rows: int) -> Labelled:
    """Windows float32 [n, rows, columns], one after the other, of tables of numbers, one sample a row; a heading,
    a first line without a number, is skipped.

    Split them by `file` and not by window. Raises InputError naming the file that is wrong.
    """

    def read(path: Path) -> npt.NDArray[Any]:
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            heading = bool(lines) and not any(_is_number(cell) for cell in lines[0].split(","))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a file is empty is said below
                table = np.loadtxt(lines[heading:], np.float32, delimiter=",", ndmin=2)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: not a table of numbers with commas between them: {error}") from None
        if not table.size:
            raise InputError(f"{path}: it holds no numbers")
        if not (finite := np.isfinite(table)).all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(
                f"{path}: {table[row, column]} in row {row + 1} of numbers, column {column + 1}",
                hint="fill gaps, or leave such rows out",
            )
        return table

    return _windows(Path(folder), ".csv", rows, read)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _windows(folder: Path, suffix: str, length: int, read: Callable[[Path], npt.NDArray[Any]]) -> Labelled:
    hint = f"it should hold CLASS/*{suffix}"
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".") if folder.is_dir() else []
    found = {path: sorted(file for file in path.iterdir() if _is_meant(file, suffix)) for path in inside}
    if not any(found.values()):
        raise InputError(f"{folder}: no folders with *{suffix} files in it", hint=hint)
    x, y, files = [], [], []
    shape: tuple[int, ...] | None = None
    number = 0
    for label, (name, paths) in enumerate(found.items()):
        if not paths:  # a class that nothing is learned about
            raise InputError(f"{name}: no *{suffix} files in it", hint=hint)
        for path in paths:
            values = read(path)
            if shape is not None and values.shape[1:] != shape:
                raise InputError(f"{path}: {values.shape[1]} columns, the files before it have {shape[0]}")
            shape = values.shape[1:]
            count = len(values) // length
            x.append(values[: count * length].reshape(count, length, *shape))
            y += [label] * count
            files += [number] * count
            number += 1
        if label not in y:
            raise InputError(f"{name}: no file is as long as a window of {length}")
    classes = tuple(path.name for path in found)
    return Labelled(np.concatenate(x), np.array(y, np.int64), np.array(files, np.int64), classes)


def _is_meant(path: Path, suffix: str) -> bool:
    """Whether it is one of a user's files, and none that a system hides beside them."""
    return path.suffix.lower() == suffix and path.name[0] != "." and path.is_file()
