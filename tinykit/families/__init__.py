"""Model families: a folder with a `family.toml`, trained weights, and samples to calibrate and evaluate on.

A table `[variants.NAME]` in it makes a network of its own, `FAMILY:NAME`: the family with what the table holds put in its place.
"""

from __future__ import annotations

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
from tinykit.toml_file import read_toml

FAMILY_FILE = "family.toml"


@dataclass(frozen=True)
class Family:
    """A model family on disk, or one of its variants. `labels` names the classes, in order."""

    name: str
    summary: str
    folder: Path
    variant: str | None
    variants: tuple[str, ...]
    """Those of the family."""
    weights: Path
    samples: Path
    preprocess: Preprocess
    frontend: FrontEnd | None
    labels: tuple[str, ...]
    data: str | None
    """The file it is trained on, in the folder that `tinykit train --data` names."""

    @property
    def id(self) -> str:
        """How commands name it: by its folder, and `:variant`."""
        return self.folder.absolute().name + (f":{self.variant}" if self.variant else "")

    @property
    def file_name(self) -> str:
        """A name for files made of it."""
        return self.id.replace(":", "-")

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


def open_family(folder: Path, variant: str | None = None) -> Family:
    """The family in `folder`, or its `variant`. Raises InputError naming what is missing or wrong in its `family.toml`."""
    path = folder / FAMILY_FILE
    table = read_toml(path)
    variants = table.pop("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(changes, dict) for changes in variants.values()):
        raise InputError(f"{path}: variants must be tables, [variants.NAME]")
    if variant is not None:
        if variant not in variants:
            raise InputError(f"{path} has no variant {variant!r}", hint=f"it has {', '.join(variants) or 'none'}")
        table = _changed(table, variants[variant])
    for key in ("name", "summary", "weights", "samples"):
        if not isinstance(table.get(key), str):
            raise InputError(f"{path}: {key} must be a text")
    labels = table.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise InputError(f"{path}: labels must be a list of texts")
    data = table.get("data")
    if data is not None and (not isinstance(data, str) or Path(data).name != data):
        raise InputError(f"{path}: data must be the name of a file")
    weights, samples = (_inside(folder, table[key], path) for key in ("weights", "samples"))
    preprocess = table.get("preprocess", {})
    if not isinstance(preprocess, dict):
        raise InputError(f"{path}: preprocess must be a table")
    return Family(
        table["name"],
        table["summary"],
        folder,
        variant,
        tuple(variants),
        weights,
        samples,
        Preprocess.from_table(preprocess, str(path)),
        read_frontend(table.get("frontend"), str(path)),
        tuple(labels),
        data,
    )


def families() -> list[Family]:
    """The families that come with tinykit, by name, each followed by its variants."""
    found = [open_family(path.parent) for path in sorted(data_path("models").glob(f"*/{FAMILY_FILE}"))]
    return [one for family in found for one in (family, *(open_family(family.folder, name) for name in family.variants))]


def _changed(table: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`table` with `changes` put in; tables in it keep what is not changed."""
    inner = {key for key, value in changes.items() if isinstance(value, dict) and isinstance(table.get(key), dict)}
    return {**table, **changes, **{key: {**table[key], **changes[key]} for key in inner}}


def _inside(folder: Path, name: str, where: Path) -> Path:
    """A file of the family by its name; a path that leads out of the folder is refused."""
    if Path(name).name != name or not (folder / name).is_file():
        raise InputError(f"{where}: {name} is not a file beside it")
    return folder / name
