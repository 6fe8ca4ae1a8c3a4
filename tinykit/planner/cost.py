"""Predicted instructions: kernel terms counted from shapes, times the core's instructions for each.

The tables in `costs/<core>.json` are fitted on synthetic layers (`tinykit calibrate`), never on the models the
prediction is judged by.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from tinykit.errors import InputError
from tinykit.ops.base import Core, Kernel, Node

Table = Mapping[str, Mapping[str, float]]

_FOLDER = Path(__file__).parent / "costs"

SCHEDULE = "schedule"
_USUAL = {
    "step": 15.0, "want": 10.0, "idle": 5.0, "step_pixels": 30.0, "want_pixels": 40.0, "idle_pixels": 5.0,
    "ring": 10.0, "line": 20.0, "strip": 15.0, "mirror": 20.0, "window": 40.0,
}  # fmt: skip
"""For a core whose table says nothing of it."""


@cache
def table(core: str) -> Table:
    """Instructions for each term of each kernel on `core`: from `costs/CORE.json` in the working directory, where the user has
    calibrated, else from ours; a core without its own table uses its nearest relative's.

    Raises InputError where the user's is not such a table.
    """
    own = Path("costs") / f"{core}.json"
    if own.is_file():
        return _own(own)
    path = _FOLDER / f"{core}.json"
    if not path.exists():
        path = _FOLDER / ("cortex-m7.json" if re.match("cortex-m[^0]", core) else "cortex-m0.json")
    loaded: Table = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _own(path: Path) -> Table:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read: {error}", hint="make it anew: tinykit calibrate") from None
    rows = loaded.values() if isinstance(loaded, dict) else [None]
    if not all(isinstance(row, dict) and all(_is_count(n) for n in row.values()) for row in rows):
        raise InputError(f"{path}: not a table of instructions a kernel and term", hint="make it anew: tinykit calibrate")
    return cast(Table, loaded)


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def kernel_cost(kernel: Kernel, node: Node, core: Core, calls: int, piece: int = 0) -> float:
    """Instructions to compute the whole output of `node` in `calls` calls of `kernel`, each for `piece` pixels side by side or
    what is left of a row; 0: for all there are."""
    return _work(kernel, node, core, piece) + calls * table(core.name).get(kernel.name, {}).get("row", 0.0)


def kernel_terms(kernel: Kernel, node: Node, calls: int, piece: int = 0) -> dict[str, float]:
    """How often each term of the kernel occurs in that."""
    return {**_counts(kernel, node, piece), "row": calls}


ROW = -1
"""As a piece: a whole row."""


@lru_cache(maxsize=1 << 14)
def _work(kernel: Kernel, node: Node, core: Core, piece: int) -> float:
    """What does not depend on the number of calls."""
    terms = table(core.name).get(kernel.name, {})
    return sum(terms.get(term, 0.0) * count for term, count in _counts(kernel, node, piece).items())


def _counts(kernel: Kernel, node: Node, piece: int) -> Mapping[str, float]:
    if not piece or not kernel.piece_cost or not kernel.rows:
        return kernel.cost(node)
    width = node.output.shape[-2] if len(node.output.shape) > 1 else 1
    return kernel.piece_cost(node, width if piece == ROW else min(piece, width))


def schedule_cost(core: Core, terms: Mapping[str, float]) -> float:
    """Instructions of a loop whose parts run as often as `terms` say (`schedule_terms`)."""
    each = table(core.name).get(SCHEDULE, _USUAL)
    return sum(each.get(term, 0.0) * count for term, count in terms.items())
