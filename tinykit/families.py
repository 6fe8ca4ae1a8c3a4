"""Model families: a folder with a `family.toml`, trained weights, and samples to calibrate and evaluate on."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.errors import InputError
from tinykit.features import FrontEnd
from tinykit.features.open import read_frontend
from tinykit.quantizer.preprocess import Array, Floats, Preprocess
from tinykit.resources import data_path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FAMILY_FILE = "family.toml"


@dataclass(frozen=True)
class Family:
    """A model family on disk. `labels` names the classes, in order."""

    name: str
    summary: str
    folder: Path
    weights: Path
    samples: Path
    preprocess: Preprocess
    frontend: FrontEnd | None
    labels: tuple[str, ...]

    def calibration(self) -> Floats:
        """Network inputs, float32 [n, …], to calibrate quantisation with."""
        return self.inputs(self._load("calibration"))

    def evaluation(self) -> tuple[Floats, Array]:
        """Network inputs, float32 [n, …], and their labels [n], to measure accuracy with."""
        return self.inputs(self.samples_stored()), self._load("y")

    def samples_stored(self) -> Array:
        """The evaluation samples as they are stored; recordings int16 [n, samples] where the family has a front end."""
        return self._load("x")

    def inputs(self, stored: Array) -> Floats:
        """Network inputs, float32 [n, …], of samples as they are stored."""
        return self.preprocess.apply(stored) if self.frontend is None else self.frontend.real(stored)

    def _load(self, name: str) -> Array:
        try:
            with np.load(self.samples, allow_pickle=False) as archive:
                values: Array = archive[name]
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"{self.samples}: no readable array '{name}' ({error})") from None
        if len(values) == 0:
            raise InputError(f"{self.samples}: array '{name}' is empty")
        return values


def open_family(folder: Path) -> Family:
    """The family in `folder`. Raises InputError naming what is missing or wrong in its `family.toml`."""
    path = folder / FAMILY_FILE
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    for key in ("name", "summary", "weights", "samples"):
        if not isinstance(table.get(key), str):
            raise InputError(f"{path}: {key} must be a text")
    labels = table.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputError(f"{path}: labels must be a list of texts")
    weights, samples = (_inside(folder, table[key], path) for key in ("weights", "samples"))
    preprocess = table.get("preprocess", {})
    if not isinstance(preprocess, dict):
        raise InputError(f"{path}: preprocess must be a table")
    return Family(
        table["name"],
        table["summary"],
        folder,
        weights,
        samples,
        Preprocess.from_table(preprocess, str(path)),
        read_frontend(table.get("frontend"), str(path)),
        tuple(labels),
    )


def families() -> list[Family]:
    """The families that come with tinykit, by name."""
    return [open_family(path.parent) for path in sorted(data_path("models").glob(f"*/{FAMILY_FILE}"))]


def _inside(folder: Path, name: str, where: Path) -> Path:
    """A file of the family by its name; a path that leads out of the folder is refused."""
    if Path(name).name != name or not (folder / name).is_file():
        raise InputError(f"{where}: {name} is not a file beside it")
    return folder / name
