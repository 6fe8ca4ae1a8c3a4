"""The stages as functions on values, for Python programs; `tinykit.pipeline` has them on files, as the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinykit import steps
from tinykit.boards import Board, load_board
from tinykit.builder import Firmware
from tinykit.builder import build as _build
from tinykit.graph import Graph
from tinykit.graph import load as _load
from tinykit.planner import Plan
from tinykit.planner import plan as _plan
from tinykit.planning import Planning, plan_options
from tinykit.progress import SILENT
from tinykit.projects import replacing
from tinykit.renderer import render as _render
from tinykit.sources import find_source

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from tinykit.steps import Quantised


def quantize(model: str | Path, *, calibration: str | Path | None = None) -> Quantised:
    """The int8 `.tflite` of a Keras model or a family, in the cache; the same model gives the same bytes.

    `calibration` holds representative inputs; a family brings its own.
    """
    source = find_source(model)
    return steps.quantise(
        source, None if calibration is None else Path(calibration), steps.own_inputs(source), SILENT
    )


def load(path: str | Path) -> Graph:
    """The graph of a quantised `.tflite`, ready to plan."""
    return _load(Path(path))


def plan(graph: Graph, board: Board | str, **planning: Unpack[Planning]) -> Plan:
    """The best plan of `graph` on `board`: the fastest that fits; `planning` may ask for another (see `Planning`)."""
    return _plan(graph, load_board(board) if isinstance(board, str) else board, plan_options(planning))


def render(
    graph: Graph, plan: Plan, out: str | Path, *, model_file: str | Path, board: Board | str | None = None
) -> Path:
    """Write the C project of `plan` to the folder `out`, which it returns; an earlier project there is replaced.

    `model_file` is the `.tflite` that `graph` was loaded from; `board` serves where the plan's own is not a known name.
    """
    out = Path(out)
    chosen = board if board is not None else plan.board
    with replacing(out) as folder:
        _render(
            graph, plan, load_board(chosen) if isinstance(chosen, str) else chosen, folder, model_file=Path(model_file)
        )
    return out


def build(project: str | Path, *, compiler: str = "auto", optimize: str = "speed") -> Firmware:
    """Build the firmware of a project folder; `compiler` is auto, gcc or zig, `optimize` speed or size."""
    return _build(Path(project), compiler=compiler, optimize=optimize)
