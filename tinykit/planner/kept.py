"""Plans kept in the cache: the same question to the same planner is searched once."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tinykit.cache import cache_dir, content_key
from tinykit.errors import InputError
from tinykit.graph.ir import Graph
from tinykit.planner.cost import table
from tinykit.planner.file import read_plan, write_plan
from tinykit.planner.format import Plan
from tinykit.planner.planner import PlanOptions, plan

if TYPE_CHECKING:
    from tinykit.boards import Board

_PLANNER = ("graph", "ops", "planner")


def kept_plan(graph: Graph, board: Board, options: PlanOptions) -> tuple[Plan, bool]:
    """`plan`, and whether it came from the cache. Raises as `plan` does."""
    question = [graph.sha256, board.id, json.dumps(dict(board.manifest), sort_keys=True), json.dumps(asdict(options))]
    question.append(json.dumps(table(board.core.name)))
    file = cache_dir() / "plans" / f"{content_key(_fingerprint(), *question)}.json"
    if file.is_file():
        try:
            return replace(read_plan(file), model=graph.name, model_path=graph.source), True
        except InputError:
            file.unlink(missing_ok=True)  # damaged: search again
    found = plan(graph, board, options)
    if options.seconds is not None and not found.optimal:
        return found, False  # another time there may be more time
    with suppress(OSError):
        write_plan(found, file)
    return found, False


@cache
def _fingerprint() -> str:
    """Of everything that a plan follows from: another version of the planner does not read this one's plans."""
    package = Path(__file__).resolve().parents[1]
    files = sorted(path for part in _PLANNER for path in (package / part).rglob("*") if path.suffix in (".py", ".json"))
    return content_key(*(path.read_bytes() for path in files))
