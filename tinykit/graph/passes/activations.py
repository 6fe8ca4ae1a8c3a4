"""A RELU behind an operator that can clamp its own output becomes that operator's activation."""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import is_output, with_attrs, with_ops

_ACTIVATIONS = {"RELU": "relu", "RELU6": "relu6"}
_CLAMPS = ("ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "MAX_POOL_2D")


def fuse_activations(graph: Graph) -> Graph:
    """Fuse where both tensors are quantised alike: then the separate operator is nothing but the same clamp."""
    ops: list[Op] = []
    for op in graph.ops:
        producer = ops[-1] if ops else None
        if producer is not None and _fuses(graph, producer, op):
            ops[-1] = with_attrs(replace(producer, outputs=op.outputs), activation=_ACTIVATIONS[op.kind])
        else:
            ops.append(op)
    return with_ops(graph, ops) if len(ops) < len(graph.ops) else graph


def _fuses(graph: Graph, producer: Op, op: Op) -> bool:
    return (
        op.kind in _ACTIVATIONS
        and producer.kind in _CLAMPS
        and producer.attrs["activation"] == "none"
        and op.inputs == producer.outputs
        and graph.tensors[op.outputs[0]].quant == graph.tensors[producer.outputs[0]].quant
        and graph.tensors[op.outputs[0]].dtype == graph.tensors[producer.outputs[0]].dtype
        and len(graph.consumers(producer.outputs[0])) == 1
        and not any(is_output(graph, t) for t in graph.tensors if graph.storage(t) == producer.outputs[0])
    )
