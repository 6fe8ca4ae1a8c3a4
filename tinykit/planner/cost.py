"""Predicted instructions: kernel terms counted from shapes, times the core's instructions for each.

The tables in `costs/<core>.json` are fitted on synthetic layers (`tinykit calibrate`), never on the models the
prediction is judged by.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from tinykit.ops.base import Core, Kernel, Node

Table = Mapping[str, Mapping[str, float]]

_SCHEDULE = "schedule"
_USUAL = {"step": 30.0, "op": 8.0, "step_pixels": 100.0, "op_pixels": 20.0}


@cache
def table(core: str) -> Table:
    """Instructions for each term of each kernel on `core`; a core without its own table uses its nearest relative's."""
    folder = Path(__file__).parent / "costs"
    path = folder / f"{core}.json"
    if not path.exists():
        path = folder / ("cortex-m7.json" if core.startswith("cortex-m") else "cortex-m0.json")
    loaded: Table = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def kernel_cost(kernel: Kernel, node: Node, core: Core, calls: int) -> float:
    """Instructions to compute the whole output of `node` in `calls` calls of `kernel`."""
    shape = node.output.shape
    pixels, width = math.prod(shape[:-1]), shape[-2] if len(shape) > 1 else 1
    piece = min(-(-pixels // calls), width) if kernel.rows and calls > 1 else 0
    return _work(kernel, node, core, piece) + calls * table(core.name).get(kernel.name, {}).get("row", 0.0)


@lru_cache(maxsize=1 << 14)
def _work(kernel: Kernel, node: Node, core: Core, piece: int) -> float:
    """What does not depend on the number of calls; `piece`: pixels a call computes side by side, 0 for all there are."""
    terms = table(core.name).get(kernel.name, {})
    counts = kernel.piece_cost(node, piece) if piece and kernel.piece_cost else kernel.cost(node)
    return sum(terms.get(term, 0.0) * count for term, count in counts.items())


def schedule_terms(ops: int, steps: int, *, pixels: bool) -> dict[str, float]:
    """What a block spends on finding what to run: `steps` pieces produced among `ops` operators, of rows or whole rows."""
    kind = "_pixels" if pixels else ""
    return {f"step{kind}": steps, f"op{kind}": steps * ops}


def schedule_cost(core: Core, ops: int, steps: int, *, pixels: bool) -> float:
    """Its instructions."""
    terms = table(core.name).get(_SCHEDULE, _USUAL)
    return sum(terms.get(term, 0.0) * count for term, count in schedule_terms(ops, steps, pixels=pixels).items())
