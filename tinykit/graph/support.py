"""Whether tinykit can run a graph: every operator declared, every shape as declared, weights quantised."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Graph
from tinykit.graph.refusals import float_model, uint8_network, unsupported_operators
from tinykit.ops.base import Node
from tinykit.ops.registry import OPERATORS

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")


def check_supported(graph: Graph) -> None:
    """Raise InputError for a float model, listing every unsupported operator, or naming the first unsupported use."""
    outputs = [graph.tensors[t] for op in graph.ops for t in op.outputs]
    floats = [op for op in graph.ops if any(graph.tensors[t].dtype is DType.FLOAT32 for t in op.outputs)]
    if floats and (len(floats) == len(outputs) or any(op.kind in _WEIGHTED for op in floats)):
        raise float_model(graph.source, graph.tensors[floats[0].outputs[0]].name, "float32")
    computing = [op for op in graph.ops if op.kind not in ("QUANTIZE", "DEQUANTIZE")]
    used = [t for op in computing for t in (*op.inputs, *op.outputs) if t is not None and not graph.is_constant(t)]
    if unsigned := [graph.tensors[t].name for t in used if graph.tensors[t].dtype is DType.UINT8]:
        raise uint8_network(graph.source, unsigned[0])
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
