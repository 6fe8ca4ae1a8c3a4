"""What no output depends on is dropped."""

from __future__ import annotations

from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import with_ops


def remove_dead(graph: Graph) -> Graph:
    """Keep the operators that lead to an output, and the tensors these and the ports name."""
    needed = {graph.storage(port.tensor) for port in graph.outputs}
    ops, known = _leading_to(graph, needed), 0
    while known < len(needed):  # what the next inference reads in a variable is needed too
        known = len(needed)
        ops = _leading_to(graph, needed)
    named = {t for op in ops for t in (*op.inputs, *op.outputs) if t is not None}
    named |= {port.tensor for port in (*graph.inputs, *graph.outputs)}
    for tensor in tuple(named):
        while (root := graph.tensors[tensor].alias_of) is not None:
            named.add(root)
            tensor = root
    return with_ops(graph, ops, {i: t for i, t in graph.tensors.items() if i in named})


def _leading_to(graph: Graph, needed: set[int]) -> list[Op]:
    """The operators that write what is needed; what they read joins it."""
    ops: list[Op] = []
    for op in reversed(graph.ops):
        if any(t in needed for t in op.outputs):
            ops.append(op)
            needed |= {graph.storage(t) for t in op.inputs if t is not None}
    return ops[::-1]
