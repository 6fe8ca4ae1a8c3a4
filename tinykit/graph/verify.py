"""What holds of every graph between passes. A failure is a bug of a pass, and shows the operator and its sources."""

from __future__ import annotations

from tinykit.graph.ir import Graph, Op


class BrokenGraph(AssertionError):
    """A pass made a graph that is none."""


def verify(graph: Graph, after: str = "reading") -> None:
    """Raise BrokenGraph unless ids exist, each tensor but a variable is written once, before it is read, and views fit."""
    written = {graph.storage(p.tensor) for p in graph.inputs}
    written |= {i for i, t in graph.tensors.items() if t.data is not None} | {*graph.variables}
    for tensor in graph.tensors.values():
        if tensor.alias_of is not None and (
            tensor.alias_of not in graph.tensors or graph.tensors[tensor.alias_of].bytes != tensor.bytes
        ):
            raise BrokenGraph(f"after {after}: view '{tensor.name}' does not fit tensor {tensor.alias_of}")
    for op in graph.ops:
        for source in op.inputs:
            if source is not None and (source not in graph.tensors or graph.storage(source) not in written):
                raise BrokenGraph(f"after {after}: tensor {source} is read before it is written by\n{show(graph, op)}")
        for target in op.outputs:
            again = target in written and not graph.is_variable(target)
            if target not in graph.tensors or again or graph.tensors[target].alias_of is not None:
                raise BrokenGraph(f"after {after}: tensor {target} is written again by\n{show(graph, op)}")
            written.add(target)
    for port in graph.outputs:
        if graph.storage(port.tensor) not in written:
            raise BrokenGraph(f"after {after}: output '{port.name}' is never written")


def show(graph: Graph, op: Op) -> str:
    """An operator with what it reads and who wrote it, for messages."""
    lines = [f"{op.label or op.kind} {dict(op.attrs)}"]
    for tensor in op.inputs:
        if tensor is None or tensor not in graph.tensors:
            lines.append(f"  <- {tensor}")
            continue
        value = graph.tensors[tensor]
        writer = graph.producer(tensor)
        kind = "constant" if value.data is not None else writer.label if writer else "input"
        lines.append(f"  <- {tensor} '{value.name}' {value.dtype.value}{list(value.shape)} from {kind}")
    return "\n".join(lines)
