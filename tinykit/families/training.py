"""Training a family anew: its own scripts, run in a copy of its folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tinykit.errors import InputError, ToolError
from tinykit.families import Family, open_family
from tinykit.janitor import running, temporary_folder
from tinykit.subprocesses import tensorflow_environment

SCRIPTS = ("train.py", "make_samples.py")
"""What a family that can be trained has: one writes its weights, the other its samples. Both take `--data FOLDER`, and the first
`--epochs N` and `--variant NAME`, where these are given."""


def train(folder: Path, data: Path, out: Path, epochs: int | None = None, variant: str | None = None) -> Family:
    """Train the family in `folder`, or its `variant`, on the data in the folder `data`.

    The result is a family of its own in the new folder `out`.
    epochs: at most so many for each network, None for as many as its script says.
    What the scripts print goes to this process's standard output. Raises InputError when something is missing or `out` exists
    already, ToolError when a script fails; then nothing is left behind.
    """
    family = open_family(folder, variant)
    for script in SCRIPTS:
        if not (folder / script).is_file():
            raise InputError(f"{folder} cannot be trained: it has no {script}")
    if not data.is_dir():
        raise InputError(f"{data}: there is no such folder", hint="--data is the folder of the data that the family's card names")
    if family.data is not None and not (data / family.data).is_file():
        raise InputError(f"{data} has no {family.data}", hint=f"{folder / 'card.md'} and {SCRIPTS[0]} say what it holds")
    if out.exists():
        raise InputError(f"{out} exists already", hint="name another folder with --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(f".{out.name}.", out.parent) as scratch:
        copy = scratch / "family"
        left_out = {"__pycache__", "card.md", scratch.name}  # `out` may lie in the family's own folder
        shutil.copytree(folder, copy, ignore=lambda _, names: left_out & set(names))
        for script in SCRIPTS:
            command = [sys.executable, str(copy / script), "--data", str(data.resolve())]
            if script == "train.py":
                command += [] if epochs is None else ["--epochs", str(epochs)]
                command += [] if variant is None else ["--variant", variant]
            with running(command, env=tensorflow_environment()) as process:
                code = process.wait()
            if code:
                raise ToolError(f"{folder / script} ended with exit code {code}", hint="what it printed says why")
        shutil.rmtree(copy / "__pycache__", ignore_errors=True)
        copy.replace(out)
    return open_family(out, variant)
