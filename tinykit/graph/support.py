"""Whether tinykit can run a graph: every operator declared, every shape as declared, nothing left in float."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Graph
from tinykit.graph.refusals import float_model, unsupported_operators
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS


def check_supported(graph: Graph) -> None:
    """Raise InputError for a float model, listing every unsupported operator, or naming the first unsupported use."""
    floats = [t for op in graph.ops for t in op.outputs if graph.tensors[t].dtype is DType.FLOAT32]
    if floats and len(floats) * 2 >= len(graph.ops):
        raise float_model(graph.source, graph.tensors[floats[0]].name, "float32")
    unknown = [op for op in graph.ops if op.kind not in OPERATORS]
    if unknown:
        raise unsupported_operators(
            graph.source, [(op.kind, graph.tensors[op.outputs[0]].name) for op in unknown if op.outputs]
        )
    if not graph.ops:
        raise InputError(f"{graph.source} computes nothing: its outputs are its inputs", hint="export the whole model")
    for op in graph.ops:
        node, declared = Node(graph, op), OPERATORS[op.kind]
        declared.check(node)
        recorded = tuple(graph.tensors[t].shape for t in op.outputs)
        if (inferred := tuple(declared.infer(node))) != recorded:
            found, right = ([list(shape) for shape in shapes] for shapes in (recorded, inferred))
            raise InputError(
                f"{node.where} has output shape {found}, its inputs give {right}",
                hint="the file is damaged; export the model again",
            )
