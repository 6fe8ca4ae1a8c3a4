"""What the user named as MODEL: a family, a Keras file, or a quantised `.tflite`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinykit.errors import InputError
from tinykit.families import FAMILY_FILE, families
from tinykit.resources import data_path

DEFAULT_FAMILY = "mcunet"
_HINT = "a model is a family's folder or name (tinykit models), a .keras or .h5 file, or a quantised .tflite"


@dataclass(frozen=True)
class Source:
    """A model before quantisation, or one that needs none. `shown` is how messages name it."""

    kind: Literal["family", "keras", "tflite"]
    path: Path
    shown: str

    @property
    def name(self) -> str:
        """A short name for files made of it."""
        stem = self.path.name if self.kind == "family" else self.path.stem
        return stem.removesuffix(".int8") or "model"


def family_names() -> list[str]:
    """The names of the model families that come with tinykit: their folders' names."""
    return [family.folder.name for family in families()]


def find_source(model: str | Path | None) -> Source:
    """What `model` names; the packaged default family for None. Raises InputError when it names nothing."""
    shown = str(model) if model is not None else DEFAULT_FAMILY
    path = Path(shown)
    if not path.exists():
        if shown in family_names():
            return Source("family", data_path("models") / shown, shown)
        near = difflib.get_close_matches(shown, family_names(), 1)
        raise InputError(
            f"{shown}: there is no such file and no such model family",
            hint=f"did you mean {near[0]}?" if near else _HINT,
        )
    if path.is_dir():
        if not (path / FAMILY_FILE).is_file():
            raise InputError(f"{shown} is not a model family's folder: it has no {FAMILY_FILE}", hint=_HINT)
        return Source("family", path, shown)
    if path.suffix == ".tflite":
        return Source("tflite", path, shown)
    if path.suffix in (".keras", ".h5"):
        return Source("keras", path, shown)
    raise InputError(f"{shown}: not a kind of model tinykit reads", hint=_HINT)
