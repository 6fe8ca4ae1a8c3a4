"""READ_VARIABLE becomes a view of the variable, unless the variable is written before its value was used."""

from __future__ import annotations

from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import as_views, is_output


def read_in_place(graph: Graph) -> Graph:
    """Drop every read whose value is used up before the next write of its variable."""
    place = {id(op): n for n, op in enumerate(graph.ops)}

    def in_place(read: Op) -> bool:
        writes = [n for n, op in enumerate(graph.ops) if op.outputs == read.inputs and n > place[id(read)]]
        used = [place[id(op)] for op in graph.consumers(read.outputs[0])]
        shown = any(is_output(graph, t) for t in graph.tensors if graph.storage(t) == read.outputs[0])
        return not shown and max(used, default=0) < min(writes, default=len(graph.ops))

    found = {op.outputs[0]: _variable(op) for op in graph.ops if op.kind == "READ_VARIABLE" and in_place(op)}
    return as_views(graph, found, [op for op in graph.ops if op.outputs[0] not in found]) if found else graph


def _variable(read: Op) -> int:
    assert read.inputs[0] is not None
    return read.inputs[0]
