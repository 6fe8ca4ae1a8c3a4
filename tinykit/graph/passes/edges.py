"""QUANTIZE and DEQUANTIZE at the model's edges leave the graph: they become the type its caller sees."""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import DType, Graph, Op, Port, Tensor
from tinykit.graph.passes.rewrite import is_output


def edges(graph: Graph) -> Graph:
    """Turn a float32 (or uint8) input's QUANTIZE and an output's DEQUANTIZE (or QUANTIZE) into the type of the port."""
    for port in graph.inputs:
        graph = _input(graph, port)
    for port in graph.outputs:
        graph = _output(graph, port)
    return graph


def _input(graph: Graph, port: Port) -> Graph:
    readers = graph.consumers(port.tensor)
    if len(readers) != 1 or is_output(graph, port.tensor) or readers[0].inputs[0] != port.tensor:
        return graph
    inner = graph.tensors[readers[0].outputs[0]]
    if readers[0].kind != "QUANTIZE" or not _converts(graph.tensors[port.tensor], inner):
        return graph
    return _replace(graph, readers[0], port, Port(readers[0].outputs[0], port.name, port.dtype))


def _output(graph: Graph, port: Port) -> Graph:
    writer = next((op for op in graph.ops if port.tensor in op.outputs), None)
    if writer is None or graph.consumers(port.tensor) or sum(p.tensor == port.tensor for p in graph.outputs) != 1:
        return graph
    inner = writer.inputs[0] if writer.inputs else None
    if writer.kind not in ("DEQUANTIZE", "QUANTIZE") or inner is None:
        return graph
    if not _converts(graph.tensors[port.tensor], graph.tensors[inner]):
        return graph
    return _replace(graph, writer, port, Port(inner, port.name, port.dtype))


def _replace(graph: Graph, op: Op, old: Port, new: Port) -> Graph:
    def swap(ports: tuple[Port, ...]) -> tuple[Port, ...]:
        return tuple(new if p is old else p for p in ports)

    return replace(
        graph, ops=tuple(o for o in graph.ops if o is not op), inputs=swap(graph.inputs), outputs=swap(graph.outputs)
    )


def _converts(outer: Tensor, inner: Tensor) -> bool:
    """Whether the C API can convert between the two: float32, or uint8 that differs in the sign bit only."""
    if inner.dtype not in (DType.INT8, DType.INT16) or inner.quant is None:
        return False
    if inner.quant.per_channel or inner.shape != outer.shape:
        return False
    if outer.dtype is DType.FLOAT32:
        return True
    return (
        (outer.dtype, inner.dtype) == (DType.UINT8, DType.INT8)
        and outer.quant is not None
        and outer.quant.scale == inner.quant.scale
        and outer.quant.zero_point == (inner.quant.zero_point[0] + 128,)
    )
