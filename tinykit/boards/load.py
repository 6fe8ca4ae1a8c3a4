"""Finding boards: the user's own `boards/` in the working directory first, then those that come with tinykit."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

from tinykit.boards.manifest import Board, parse
from tinykit.errors import InputError
from tinykit.resources import data_path

_MAX_BYTES = 1 << 20


def load_board(name: str) -> Board:
    """The board with this id or alias. Raises InputError naming the nearest when there is none."""
    files = _files()
    if name in files:
        return _read(files[name])
    known: list[str] = []
    for path in files.values():
        board = _read(path)
        if name in board.aliases:
            return board
        known += [board.id, *board.aliases]
    near = difflib.get_close_matches(name, known, 1)
    raise InputError(
        f"there is no board {name!r}" + (f"; did you mean {near[0]}?" if near else ""),
        hint="all boards: tinykit boards",
    )


def boards() -> list[Board]:
    """Every board, by id; a manifest of the user's own takes the place of one of ours with the same id."""
    return [_read(path) for _, path in sorted(_files().items())]


def _files() -> dict[str, Path]:
    own = Path("boards")
    shipped = {path.stem: path for path in data_path("boards").glob("*.json")}
    return {**shipped, **{path.stem: path for path in own.glob("*.json") if _is_ours(path)}}


def _is_ours(path: Path) -> bool:
    """A PlatformIO project's `boards/` may hold manifests without our section: these are not for us."""
    try:
        return path.stat().st_size <= _MAX_BYTES and '"tinykit"' in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _read(path: Path) -> Board:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path}: too large for a board manifest")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from None
    return parse(path.stem, value, str(path))
