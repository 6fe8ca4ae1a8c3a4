"""The benchmark's data sets, laid out as its runner wants them: y_labels.csv and one .bin file a sample."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinykit.errors import InputError
from tinykit.mlperf.tasks import Task

LABELS = "y_labels.csv"
_HINT = "each line of it reads FILE,CLASSES,CLASS and for ad also BYTES,STRIDE"
_MOST_CLASSES = 10_000


@dataclass(frozen=True)
class Sample:
    """A file with its class. `window` and `stride` in bytes cut it into inputs; without them it is one."""

    path: Path
    label: int
    window: int | None = None
    stride: int | None = None

    def inputs(self) -> Iterator[bytes]:
        """The inputs in the file, at least one."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}", hint=f"{LABELS} names it") from None
        if self.window is None or self.stride is None:
            yield data
            return
        if len(data) < self.window:
            raise InputError(f"{self.path}: {len(data):,} bytes, fewer than one window of {self.window:,}")
        for start in range(0, len(data) - self.window + 1, self.stride):
            yield data[start : start + self.window]


def read_dataset(folder: Path, task: Task, limit: int | None = None) -> list[Sample]:
    """The samples of `task` in `folder`, or in its folder named like the benchmark's model; `limit` of them, evenly chosen.

    Raises InputError naming the file and line that is wrong.
    """
    home = folder if (folder / LABELS).is_file() else folder / task.model
    path = home / LABELS
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [(n, row) for n, row in enumerate(csv.reader(file), 1) if row]
    except OSError:
        raise InputError(f"{folder} has no {LABELS}, nor has {home}", hint="point --data at the benchmark's data set") from None
    except (ValueError, csv.Error) as error:
        raise InputError(f"{path}: not a readable table: {error}", hint=_HINT) from None
    samples = [_sample(home, row, f"{path}, line {n}", task) for n, row in rows]
    if not samples:
        raise InputError(f"{path} names no files", hint=_HINT)
    if limit is None or limit >= len(samples):
        return samples
    return [samples[i * len(samples) // limit] for i in range(limit)]


def _sample(home: Path, row: list[str], where: str, task: Task) -> Sample:
    try:
        name, (classes, label, *cut) = row[0].strip(), [int(word) for word in row[1:] if word.strip()]
    except ValueError:
        raise InputError(f"{where}: {','.join(row)[:60]!r} is no sample", hint=_HINT) from None
    path = home / name
    if not path.resolve().is_relative_to(home.resolve()):
        raise InputError(f"{where}: {name!r} leads out of the data set")
    if not path.is_file():
        raise InputError(f"{where}: there is no file {name} in {home}")
    if not 0 <= label < classes <= _MOST_CLASSES:
        raise InputError(f"{where}: class {label} is none of {classes}", hint=_HINT)
    if not task.restores:
        if (size := path.stat().st_size) not in _sizes(task):
            raise InputError(f"{where}: {name} has {size:,} bytes, {_wanted(task)}")
        return Sample(path, label)
    window, stride = cut if len(cut) == 2 else (task.inputs * 4, 512)
    if window not in _sizes(task) or stride < 1:
        raise InputError(f"{where}: a window of {window} bytes every {stride} cannot be, {_wanted(task)}", hint=_HINT)
    return Sample(path, label, window, stride)


def _sizes(task: Task) -> tuple[int, ...]:
    """Bytes of an input: as values of 8, 16 or 32 bits."""
    return task.inputs, task.inputs * 2, task.inputs * 4


def _wanted(task: Task) -> str:
    return f"an input of {task.name} has {task.inputs:,} (int8), or {task.inputs * 4:,} (float32)"
