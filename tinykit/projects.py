"""Generated projects on disk: recognised, replaced in one piece, and left alone when they are something else."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tinykit.errors import InputError

FACTS = "project.json"


@dataclass(frozen=True)
class Project:
    """A generated project: its folder and what its `project.json` says."""

    folder: Path
    prefix: str
    board: str
    sha256: str

    @property
    def model(self) -> Path:
        """The reference model it was made from."""
        return self.folder / "model.tflite"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"


def open_project(folder: Path) -> Project:
    """Read the facts of the project in `folder`. Raises InputError when there is none."""
    hint = "make one: tinykit render PLAN --out DIR, or tinykit deploy"
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        project = Project(folder, facts["prefix"], facts["board"], facts["sha256"])
    except OSError:
        raise InputError(f"{folder} is not a tinykit project (it has no {FACTS})", hint=hint) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{folder / FACTS} is damaged", hint=hint) from None
    if not all(isinstance(value, str) for value in (project.prefix, project.board, project.sha256)):
        raise InputError(f"{folder / FACTS} is damaged", hint=hint)
    for needed in (project.model, project.plan):
        if not needed.is_file():
            raise InputError(f"{folder} is not a whole project: {needed.name} is missing", hint=hint)
    return project


def check_replaceable(out: Path) -> None:
    """Raise InputError unless `out` is absent, an empty folder, or a generated project."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise InputError(f"{out} exists and is not a folder", hint="name another folder with --out")
    if any(out.iterdir()) and not (out / FACTS).is_file():
        raise InputError(
            f"{out} holds files that tinykit did not write, so it is left alone",
            hint="name another folder with --out, or empty this one",
        )


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Enter a new folder beside `out` that takes its place on success and vanishes on failure.

    PlatformIO's state (`.pio`) of a project that stood there comes along, so that only what changed is built again.
    """
    check_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror or error}", hint="name another --out") from None
    try:
        fresh, old = scratch / "new", scratch / "old"
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.replace(old)
        fresh.replace(out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
