"""`tinykit.toml`: what `deploy` and its stages use where the command line says nothing."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinykit.errors import InputError
from tinykit.sizes import parse_size
from tinykit.toml_file import read_toml

FILE = "tinykit.toml"

_SETTINGS = (
    ("model", "mcunet", "a model family's name or folder, a .keras file, or a quantised .tflite"),
    ("board", "stm32f746", "tinykit boards lists them"),
    ("target", "emulator", "emulator, qemu, host or serial:PORT"),
    ("calibration", "some.npz", "x: representative inputs, to quantise a .keras file with"),
    ("data", "test.npz", "x, y: inputs to validate on, and their labels"),
    ("out", "firmware", "where the generated project goes"),
)
_PLAN = """
[plan]
# sram = "64k"                   # bytes the arena may take
# min_ram = true                 # the smallest plan instead of the fastest that fits
# scheme = "auto"
"""


@dataclass(frozen=True)
class Config:
    """The settings of one `tinykit.toml`; None where it says nothing. Paths are absolute or relative to here."""

    model: str | None = None
    board: str | None = None
    target: str | None = None
    calibration: Path | None = None
    data: Path | None = None
    out: Path | None = None
    sram: int | None = None
    min_ram: bool | None = None
    scheme: str | None = None


def load_config(folder: Path | None = None) -> Config:
    """Read `tinykit.toml` in `folder` (default: the working directory); all None where there is none.

    Raises InputError naming the file and the setting that is wrong.
    """
    path = (folder or Path()) / FILE
    if not path.exists():
        return Config()
    values = read_toml(path)
    plan = values.pop("plan", {})
    if not isinstance(plan, dict):
        raise InputError(f"{path}: [plan] is a table of settings")
    known = {f.name for f in dataclasses.fields(Config)}
    plan_keys = {"sram", "min_ram", "scheme"}
    for key, allowed in [*((k, known - plan_keys) for k in values), *((k, plan_keys) for k in plan)]:
        if key not in allowed:
            raise InputError(f"{path}: unknown setting {key!r}", hint=f"it knows: {', '.join(sorted(allowed))}")
    return Config(**{key: _setting(path, key, value) for key, value in (values | plan).items()})


def write_config(folder: Path, **settings: str | None) -> Path:
    """Write a commented `tinykit.toml` into `folder`; returns it. Raises InputError when there is one already.

    What `settings` leaves open stands there as a comment.
    """
    path = folder / FILE
    lines = [
        "# What `tinykit deploy` does in this folder. Paths are relative to it; the command line goes before all of it."
    ]
    for name, example, meaning in _SETTINGS:
        given = settings.get(name)
        setting = f"{'# ' if given is None else ''}{name} = {_toml(given or example)}"
        lines.append(f"{setting:<32} # {meaning}")
    text = "\n".join(lines) + "\n" + _PLAN
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} exists already", hint="edit it, or remove it first") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    return path


def _setting(path: Path, key: str, value: object) -> Any:
    if key == "min_ram":
        if isinstance(value, bool):
            return value
        raise InputError(f"{path}: {key} is true or false, not {value!r}")
    if key == "sram" and type(value) is int:
        return value
    if not isinstance(value, str):
        raise InputError(f"{path}: {key} is a string, not {value!r}")
    if key == "sram":
        return parse_size(value)
    if key in ("calibration", "data", "out"):
        return path.parent / value
    if key == "model" and (path.parent / value).exists():
        return str(path.parent / value)
    return value


def _toml(text: str) -> str:
    """A TOML basic string; TOML's escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
