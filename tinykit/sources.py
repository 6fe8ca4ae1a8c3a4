"""What the user named as MODEL: a family, a Keras file, or a quantised `.tflite`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinykit.errors import InputError
from tinykit.families import FAMILY_FILE, Family, families, open_family
from tinykit.resources import data_path

DEFAULT_FAMILY = "mcunet"
_HINT = "a model is a family's name or folder (tinykit models), a .keras or .h5 file, or a quantised .tflite"


@dataclass(frozen=True)
class Source:
    """A model before quantisation, or one that needs none. `shown` is how messages name it; `family` is set for a family."""

    kind: Literal["family", "keras", "tflite"]
    path: Path
    shown: str
    family: Family | None = None

    @property
    def name(self) -> str:
        """A short name for files made of it."""
        stem = self.family.file_name if self.family else self.path.stem
        return stem.removesuffix(".int8") or "model"


def family_names() -> list[str]:
    """The names of the model families that come with tinykit and of their variants: `folder`, `folder:variant`."""
    return [family.id for family in families()]


def find_source(model: str | Path | None) -> Source:
    """What `model` names; the packaged default family for None. Raises InputError when it names nothing."""
    shown = str(model) if model is not None else DEFAULT_FAMILY
    path, variant = Path(shown), None
    if not path.exists() and ":" in path.name:
        folder, _, variant = shown.rpartition(":")
        path = Path(folder)
    if not path.exists():
        packaged = data_path("models") / path.name
        if path == Path(path.name) and (packaged / FAMILY_FILE).is_file():
            return Source("family", packaged, shown, open_family(packaged, variant))
        near = difflib.get_close_matches(shown, family_names(), 1)
        raise InputError(
            f"{shown}: there is no such file and no such model family",
            hint=f"did you mean {near[0]}?" if near else _HINT,
        )
    if path.is_dir():
        if not (path / FAMILY_FILE).is_file():
            raise InputError(f"{shown} is not a model family's folder: it has no {FAMILY_FILE}", hint=_HINT)
        return Source("family", path, shown, open_family(path, variant))
    if path.suffix == ".tflite":
        return Source("tflite", path, shown)
    if path.suffix in (".keras", ".h5"):
        return Source("keras", path, shown)
    raise InputError(f"{shown}: not a kind of model tinykit reads", hint=_HINT)
