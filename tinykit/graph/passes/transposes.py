"""TRANSPOSE in front of MEAN sinks behind it, and vanishes when nothing is left to permute.

A mean does not care in which order the axes stand, so exporters' NHWC → NCHW → mean over the last axes becomes a mean
over the map's own rows and columns. Each MEAN keeps its own rounding.
"""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import as_views, is_output, with_attrs, with_ops


def sink_transposes(graph: Graph) -> Graph:
    """Move every TRANSPOSE behind the MEAN that alone reads it; one that is the identity becomes a view."""
    while (pair := _pair(graph)) is not None:
        graph = _swap(graph, *pair)
    identity = {
        op.outputs[0]: op.inputs[0]
        for op in graph.ops
        if op.kind == "TRANSPOSE" and op.inputs[0] is not None and _is_sound(graph, op) and _moves_nothing(graph, op)
    }
    return as_views(graph, identity, [op for op in graph.ops if op.outputs[0] not in identity]) if identity else graph


def _is_sound(graph: Graph, op: Op) -> bool:
    """Shapes are checked against the operators after the passes; until then those of a damaged file may be anything."""
    assert op.inputs[0] is not None
    shape = graph.tensors[op.inputs[0]].shape
    return graph.tensors[op.outputs[0]].shape == tuple(shape[axis] for axis in op.attrs["perm"])


def _keeps_scale(graph: Graph, op: Op) -> bool:
    """A mean takes the scale of what it reads."""
    assert op.inputs[0] is not None
    return graph.tensors[op.inputs[0]].quant == graph.tensors[op.outputs[0]].quant


def _moves_nothing(graph: Graph, op: Op) -> bool:
    """Axes of length one may stand anywhere: only the others carry the order of the bytes."""
    assert op.inputs[0] is not None
    shape = graph.tensors[op.inputs[0]].shape
    moved = [axis for axis in op.attrs["perm"] if shape[axis] != 1]
    return moved == sorted(moved)


def _pair(graph: Graph) -> tuple[Op, Op] | None:
    for op in graph.ops:
        if op.kind != "TRANSPOSE" or is_output(graph, op.outputs[0]) or not _is_sound(graph, op) or not _keeps_scale(graph, op):
            continue
        readers = graph.consumers(op.outputs[0])
        if len(readers) == 1 and readers[0].kind == "MEAN" and readers[0].inputs[0] == op.outputs[0]:
            return op, readers[0]
    return None


def _swap(graph: Graph, transpose: Op, mean: Op) -> Graph:
    assert transpose.inputs[0] is not None
    perm, keep = transpose.attrs["perm"], mean.attrs["keep_dims"]
    source = graph.tensors[transpose.inputs[0]]
    axes = tuple(sorted(perm[axis] for axis in mean.attrs["axes"]))
    kept = [axis for axis in range(len(perm)) if keep or axis not in axes]
    order = tuple(kept.index(axis) for axis in perm if axis in kept)
    shape = tuple(1 if axis in axes else source.shape[axis] for axis in kept)
    target = graph.tensors[mean.outputs[0]]
    between = max(graph.tensors) + 1
    tensors = {**graph.tensors, between: replace(target, name=f"{target.name}/sunk", shape=shape)}
    sunk = with_attrs(replace(mean, inputs=(transpose.inputs[0],), outputs=(between,)), axes=axes)
    after = with_attrs(replace(transpose, inputs=(between,), outputs=mean.outputs), perm=order)
    ops: list[Op] = []
    for op in graph.ops:
        if op is mean:
            ops += [sunk, after]
        elif op is not transpose:
            ops.append(op)
    return with_ops(graph, ops, tensors)
