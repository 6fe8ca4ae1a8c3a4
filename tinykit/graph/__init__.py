"""The graph: read from a `.tflite`, simplified by passes, checked against what tinykit supports."""

from __future__ import annotations

from pathlib import Path

from tinykit.graph.ir import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import read


def load(path: Path) -> Graph:
    """The graph of a quantised `.tflite`, ready to plan.

    Raises InputError when the file cannot be read, is a float model, or uses what tinykit does not support.
    """
    from tinykit.graph.support import check_supported

    graph = run_passes(read(Path(path)))
    check_supported(graph)
    return graph


__all__ = ["Graph", "load"]
