"""RESHAPE, EXPAND_DIMS and SQUEEZE move no byte: their outputs become views. So does a QUANTIZE that is none."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import as_views

_RESHAPES = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")


def views(graph: Graph) -> Graph:
    """Drop every operator that only renames bytes; its output is a view of its input."""
    found = {op.outputs[0]: _source(op) for op in graph.ops if _renames(graph, op)}
    return as_views(graph, found, [op for op in graph.ops if op.outputs[0] not in found]) if found else graph


def _source(op: Op) -> int:
    assert op.inputs[0] is not None
    return op.inputs[0]


def _renames(graph: Graph, op: Op) -> bool:
    source, target = graph.tensors[_source(op)] if op.inputs else None, graph.tensors[op.outputs[0]]
    if source is None:
        return False
    if op.kind == "QUANTIZE":
        same = (source.dtype, source.quant, source.shape) == (target.dtype, target.quant, target.shape)
        return same and not op.attrs.get("through")
    if op.kind not in _RESHAPES:
        return False
    if (source.elements, source.dtype) != (target.elements, target.dtype):
        raise InputError(
            f"{graph.source}: {op.label} turns {list(source.shape)} into {list(target.shape)}, which has another size",
            hint="export the model again",
        )
    return True
