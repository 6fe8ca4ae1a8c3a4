"""Whether tinykit can run a graph: every operator declared, every shape as declared, nothing left in float."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Graph
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def check_supported(graph: Graph) -> None:
    """Raise InputError for a float model, listing every unsupported operator, or naming the first unsupported use."""
    floats = [t for op in graph.ops for t in op.outputs if graph.tensors[t].dtype is DType.FLOAT32]
    if floats and len(floats) * 2 >= len(graph.ops):
        raise InputError(
            f"{graph.source} is a float model (tensor '{graph.tensors[floats[0]].name}' is float32), not a quantised one",
            hint="quantise it to int8 first: tinykit quantize MODEL --calibration DATA",
        )
    unknown = [op for op in graph.ops if op.kind not in OPERATORS]
    if unknown:
        listed = ", ".join(f"{op.kind} (tensor '{graph.tensors[op.outputs[0]].name}')" for op in unknown if op.outputs)
        raise InputError(
            f"{graph.source} uses operators tinykit does not support: {listed}",
            hint="docs/operators.md lists what is supported",
        )
    for op in graph.ops:
        node, declared = Node(graph, op), OPERATORS[op.kind]
        declared.check(node)
        recorded = tuple(graph.tensors[t].shape for t in op.outputs)
        if (inferred := tuple(declared.infer(node))) != recorded:
            raise InputError(
                f"{node.where} has output shape {[list(s) for s in recorded]}, its inputs give {[list(s) for s in inferred]}",
                hint="the file is damaged; export the model again",
            )
