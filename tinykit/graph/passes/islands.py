"""DEQUANTIZE, float functions of one value and QUANTIZE again become one QUANTIZE that goes through these functions.

So the negation in Keras's LayerNormalization, squares and ELUs convert. Whatever happens in between, one of 256 values goes in
and an integer comes out: a table. Float tensors that nothing else reads vanish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tinykit.graph.ir import DType, Graph, Op
from tinykit.graph.passes.rewrite import with_attrs, with_ops
from tinykit.ops.reals import UNARY, is_pair

Step = tuple[str, Mapping[str, Any]]
_LONGEST = 32


def fold_islands(graph: Graph) -> Graph:
    """Fold every QUANTIZE whose reals are a function of one int8."""
    writers = {t: op for op in graph.ops for t in op.outputs}
    ops = [_folded(graph, op, writers) if op.kind == "QUANTIZE" else op for op in graph.ops]
    return with_ops(graph, ops)


def _folded(graph: Graph, quantize: Op, writers: Mapping[int, Op]) -> Op:
    steps: list[Step] = []
    at = quantize.inputs[0]
    while at is not None and len(steps) < _LONGEST:
        op = writers.get(graph.storage(at))
        if op is None or graph.tensors[at].dtype is not DType.FLOAT32 or op.inputs[0] is None:
            break
        if op.kind == "DEQUANTIZE":
            source = op.inputs[0]
            if not _fits(graph, source, quantize.outputs[0]):
                break
            return with_attrs(replace(quantize, inputs=(source,)), through=tuple(reversed(steps)))
        found = _step(graph, op)
        if found is None:
            break
        step, at = found
        steps.append(step)
    return quantize


def _fits(graph: Graph, source: int, target: int) -> bool:
    """One int8 for one int8, each with one scale."""
    found, made = graph.tensors[source], graph.tensors[target]
    quantised = all(t.quant is not None and not t.quant.per_channel for t in (found, made))
    return found.dtype is made.dtype is DType.INT8 and found.shape == made.shape and quantised


def _step(graph: Graph, op: Op) -> tuple[Step, int] | None:
    """A function of one value with what it reads, None for anything else."""
    read = [t for t in op.inputs if t is not None]
    constants = [t for t in read if graph.tensors[t].data is not None]
    variables = [t for t in read if t not in constants]
    if len(variables) != 1 or graph.tensors[variables[0]].elements != graph.tensors[op.outputs[0]].elements:
        return None
    if op.kind in UNARY and len(read) == 1:
        return (op.kind, op.attrs), variables[0]
    if not is_pair(op.kind, op.attrs) or len(read) != 2 or len(constants) != 1:
        return None
    constant = graph.tensors[constants[0]]
    if constant.data is None or constant.elements != 1 or constant.dtype is not DType.FLOAT32:
        return None
    operand = {"constant": float(constant.data.reshape(-1)[0]), "first": read[0] == constants[0]}
    return (op.kind, {**op.attrs, **operand}), variables[0]
