"""Generated projects on disk: recognised, replaced in one piece, and left alone when they are something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinykit.boards import Board
from tinykit.boards.manifest import parse
from tinykit.errors import InputError
from tinykit.janitor import temporary_folder

FACTS = "project.json"
_HINT = "make one: tinykit render PLAN --out DIR, or tinykit deploy"


@dataclass(frozen=True)
class Project:
    """A generated project: its folder, the prefix of its model's symbols, and the board it was made for."""

    folder: Path
    prefix: str
    board: Board

    @property
    def model(self) -> Path:
        """The reference model it was made from."""
        return self.folder / "model.tflite"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def elf(self) -> Path:
        """Its firmware, once it is built."""
        return self.folder / ".pio" / "build" / self.board.id / "firmware.elf"

    @property
    def library(self) -> Path:
        """The model as a library of plain C."""
        return self.folder / "lib" / self.prefix


def open_project(folder: Path) -> Project:
    """Read the facts of the project in `folder`. Raises InputError when there is none, or a part is missing."""
    facts = _json(folder / FACTS, f"{folder} is not a tinykit project (it has no {FACTS})")
    prefix, board = facts.get("prefix"), facts.get("board")
    if not (isinstance(prefix, str) and prefix.isidentifier() and isinstance(board, str) and Path(board).name == board):
        raise InputError(f"{folder / FACTS} is damaged", hint=_HINT)
    manifest = folder / "boards" / f"{board}.json"
    project = Project(folder, prefix, parse(board, _json(manifest, f"{manifest} is missing"), str(manifest)))
    for needed in (project.model, project.plan):
        if not needed.is_file():
            raise InputError(f"{folder} is not a whole project: {needed.name} is missing", hint=_HINT)
    return project


def _json(path: Path, missing: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise InputError(missing, hint=_HINT) from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(f"{path} is damaged", hint=_HINT)
    return value


def check_replaceable(out: Path, mark: str = FACTS) -> None:
    """Raise InputError unless `out` is absent, an empty folder, or one that was generated: such a one holds the file `mark`."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise InputError(f"{out} exists and is not a folder", hint="name another folder with --out")
    if any(out.iterdir()) and not (out / mark).is_file():
        raise InputError(
            f"{out} holds files that tinykit did not write, so it is left alone",
            hint="name another folder with --out, or empty this one",
        )


@contextmanager
def replacing(out: Path, mark: str = FACTS) -> Iterator[Path]:
    """Enter a new folder beside `out` that takes its place on success and vanishes on failure, with the folders made for it."""
    check_replaceable(out, mark)
    with ExitStack() as owned:
        try:
            owned.callback(_remove_empty, [folder for folder in out.parents if not folder.exists()])
            out.parent.mkdir(parents=True, exist_ok=True)
            scratch = owned.enter_context(temporary_folder(f".{out.name}.", out.parent))
        except OSError as error:
            raise InputError(f"{out}: cannot be written: {error.strerror or error}", hint="name another --out") from None
        fresh, old = scratch / "new", scratch / "old"
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.replace(old)
        fresh.replace(out)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
