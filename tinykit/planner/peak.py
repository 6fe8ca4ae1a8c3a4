"""What holds the arena's bytes while a step runs, and the step that holds most."""

from __future__ import annotations

from dataclasses import dataclass

from tinykit.graph.ir import Graph
from tinykit.planner.format import Buffer, Plan


@dataclass(frozen=True)
class Peak:
    """Block `step` has `bytes` of the arena in use, more than any other; `buffers` are what they hold, largest first."""

    step: int
    bytes: int
    buffers: tuple[Buffer, ...]


def bytes_in_use(plan: Plan, n: int) -> int:
    """Bytes of the arena that hold something while block `n` runs; what two buffers share counts once."""
    total = 0
    for arena in plan.arenas:
        reached = 0
        for buffer in sorted((b for b in _alive(plan, n) if b.region == arena.region), key=lambda b: b.offset):
            total += max(buffer.offset + buffer.size - max(buffer.offset, reached), 0)
            reached = max(reached, buffer.offset + buffer.size)
    return total


def peak(plan: Plan) -> Peak:
    """The fullest step, the first of several."""
    used = [bytes_in_use(plan, n) for n in range(max(len(plan.blocks), 1))]
    step = used.index(max(used))
    return Peak(step, used[step], tuple(sorted(_alive(plan, step), key=lambda b: (-b.size, b.offset))))


def holds(graph: Graph, buffer: Buffer) -> str:
    """What a buffer is for: `the output of operator 3 ADD, 20x20x16`."""
    if buffer.tensor is None:
        return "what its kernels need beside tensors"
    producer = graph.producer(buffer.tensor)
    dims = graph.tensors[buffer.tensor].shape
    size = "x".join(map(str, dims[1:] if len(dims) > 1 and dims[0] == 1 else dims))
    if graph.is_variable(buffer.tensor):
        return f"what variable '{graph.tensors[buffer.tensor].name}' keeps, {size}"
    whose = "the input" if producer is None else f"the output of {producer.label or producer.kind}"
    return f"{whose}, {size}"


def operators(graph: Graph, plan: Plan, step: int) -> str:
    """A block by its first and last operator."""
    ops = [graph.ops[i] for i in plan.blocks[step].ops] if plan.blocks else []
    names = [op.label or op.kind for op in ops[:1] + ops[1:][-1:]]
    return " to ".join(names) or "the model's inputs"


def _alive(plan: Plan, n: int) -> list[Buffer]:
    return [b for b in plan.buffers if b.first <= n <= b.last]
