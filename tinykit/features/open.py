"""Front ends as tables: in a family's `family.toml`, in a file of a user's own, in a generated project."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from tinykit.errors import InputError
from tinykit.features.frontend import FrontEnd
from tinykit.features.images import ImageFrontEnd
from tinykit.features.mel import MelFrontEnd
from tinykit.features.signals import SignalFrontEnd
from tinykit.features.wavelets import WaveletFrontEnd
from tinykit.graph.ir import DType, Graph
from tinykit.toml_file import read_toml

FRONTEND_FILE = "frontend.json"
_KINDS: dict[str, type[FrontEnd]] = {kind.kind: kind for kind in (WaveletFrontEnd, MelFrontEnd, SignalFrontEnd, ImageFrontEnd)}


def read_frontend(table: object, where: str) -> FrontEnd | None:
    """The front end that a table describes, None for no table. Raises InputError naming `where`."""
    if table is None:
        return None
    kind = table.get("kind") if isinstance(table, Mapping) else None
    if not isinstance(table, Mapping) or not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"{where}: frontend must be a table whose kind is one of {', '.join(_KINDS)}")
    return _KINDS[kind].from_table(table, where)


def open_frontend(path: Path) -> FrontEnd:
    """The front end in the `[frontend]` table of a TOML file. Raises InputError saying what is wrong with it."""
    table = read_toml(path)
    found = read_frontend(table.get("frontend"), str(path))
    if found is None:
        raise InputError(f"{path}: it has no [frontend] table")
    return found


def project_frontend(folder: Path) -> FrontEnd | None:
    """The front end of a generated project, None where it has none."""
    path = folder / FRONTEND_FILE
    if not path.is_file():
        return None
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise InputError(f"{path} is damaged", hint="render the project again") from None
    return read_frontend(table, str(path))


def check_frontend(frontend: FrontEnd, graph: Graph) -> None:
    """Raise InputError unless `graph` takes what `frontend` gives, value for value."""
    name = graph.source or graph.name
    tensor = graph.tensors[graph.inputs[0].tensor]
    rows, values = frontend.shape
    if len(graph.inputs) != 1 or graph.inputs[0].dtype is not DType.INT8 or tensor.elements != rows * values:
        raise InputError(f"{name} does not take what its front end gives: one int8 input of {rows} × {values}")
    scale, zero_point = frontend.input_scale
    lowest, highest = frontend.ends
    quant = tensor.quant
    if quant is None or quant.zero_point[0] != zero_point or not math.isclose(quant.scale[0], scale, rel_tol=1e-5):
        raise InputError(
            f"{name}: its input is quantised otherwise than its front end gives it, real = {scale:.6g} × (stored − {zero_point})",
            hint=f"quantise it with calibration data that holds both ends of the range, {lowest:g} and {highest:g}",
        )
