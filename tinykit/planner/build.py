"""From chosen blocks to a plan: every tensor, ring and scratch gets its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from tinykit.planner.arena import Item, pack
from tinykit.planner.blocks import Candidate, storage_bytes
from tinykit.planner.format import Arena, Block, Buffer, Overlap, Plan
from tinykit.planner.lifetimes import lifetimes
from tinykit.planner.strips import macs
from tinykit.planner.uses import Uses

REGION = "sram"


def build_plan(uses: Uses, blocks: Sequence[Candidate], *, board: str, objective: str, scheme: str) -> Plan:
    """Lay out `blocks` (a partition of the graph's operators, in order) and describe the result."""
    graph = uses.graph
    placed = _buffers(uses, blocks)
    allowed = _overlaps(uses, blocks)
    described = tuple(_block(uses, block) for block in blocks)
    items = [Item(b.name, b.size, *span) for b, span in zip(placed, lifetimes(uses, described, placed).values(), strict=True)]
    offsets, size = pack(items, {(o.write, o.read): o.distance for o in allowed})
    buffers = tuple(Buffer(b.name, b.tensor, REGION, offsets[b.name], b.size, b.first, b.last) for b in placed)
    return Plan(
        model=graph.name,
        model_path=graph.source,
        model_sha256=graph.sha256,
        board=board,
        core=uses.core.name,
        objective=objective,
        scheme=scheme,
        stream_input=any(block.streamed for block in blocks),
        blocks=described,
        buffers=buffers,
        overlaps=tuple(_used(allowed, {b.name: b for b in buffers})),
        arenas=(Arena(REGION, size),),
        kernels={i: _kernel(uses, b, i) for b in blocks for i in range(b.first, b.end)},
        work_factor=sum(b.macs for b in described) / max(sum(macs(uses, op) for op in range(len(uses.nodes))), 1),
    )


def _kernel(uses: Uses, block: Candidate, op: int) -> str:
    return uses.kernel(op, reduces=block.reduces and op == block.end - 1, lean=block.lean).name


def _block(uses: Uses, block: Candidate) -> Block:
    ops = tuple(range(block.first, block.end))
    work = sum(macs(uses, op) for op in ops) + block.extra
    return Block(
        ops,
        block.mode,
        block.storage,
        strips=block.strips,
        streamed=block.streamed,
        unit=block.unit,
        reduces=block.reduces,
        instructions=round(block.cost),
        macs=round(work),
    )


def _buffers(uses: Uses, blocks: Sequence[Candidate]) -> list[Buffer]:
    """Every buffer with its lifetime in blocks, offsets still open."""
    step = {op: n for n, block in enumerate(blocks) for op in range(block.first, block.end)}
    inside = {storage.tensor for block in blocks for storage in block.storage}
    last = max(len(blocks) - 1, 0)
    buffers = []
    for tensor in uses.stored:
        if tensor not in inside:
            born, dies = uses.span(tensor)
            buffers.append(Buffer(f"t{tensor}", tensor, REGION, 0, uses.size(tensor), step.get(born, 0), step.get(dies, last)))
    for n, block in enumerate(blocks):
        buffers += [Buffer(f"t{s.tensor}", s.tensor, REGION, 0, storage_bytes(uses, s), n, n) for s in block.storage]
        if block.scratch:
            buffers.append(Buffer(f"scratch{n}", None, REGION, 0, block.scratch, n, n))
        if block.sums:
            buffers.append(Buffer(f"sums{n}", None, REGION, 0, block.sums, n, n))
    return buffers


def _overlaps(uses: Uses, blocks: Sequence[Candidate]) -> list[Overlap]:
    """Every output that may lie over an input its block consumes."""
    return [
        Overlap(n, f"t{uses.writes[block.end - 1][0]}", f"t{tensor}", distance)
        for n, block in enumerate(blocks)
        for tensor, distance in block.distances
    ]


def _used(allowed: Sequence[Overlap], buffers: dict[str, Buffer]) -> list[Overlap]:
    """Those overlaps that the layout makes use of."""

    def meet(a: Buffer, b: Buffer) -> bool:
        return a.offset < b.offset + b.size and b.offset < a.offset + a.size

    return [o for o in allowed if meet(buffers[o.write], buffers[o.read])]
