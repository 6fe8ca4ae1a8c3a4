"""From chosen blocks to a plan: every tensor, ring and scratch gets its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from tinykit.ops.registry import OPERATORS
from tinykit.planner.arena import Item, pack
from tinykit.planner.blocks import Candidate, in_place_input, storage_bytes
from tinykit.planner.format import Arena, Block, Buffer, Overlap, Plan
from tinykit.planner.uses import Uses

REGION = "sram"


def build_plan(uses: Uses, blocks: Sequence[Candidate], *, board: str, objective: str, scheme: str) -> Plan:
    """Lay out `blocks` (a partition of the graph's operators, in order) and describe the result."""
    graph = uses.graph
    placed = _buffers(uses, blocks)
    shared = _shared(uses, blocks)
    items = _items(placed, shared)
    offsets, size = pack(items)
    holder = {name: item.name for item in items for name in item.name.split("+")}
    buffers = tuple(Buffer(b.name, b.tensor, REGION, offsets[holder[b.name]], b.size, b.first, b.last) for b in placed)
    return Plan(
        model=graph.name,
        model_path=graph.source,
        model_sha256=graph.sha256,
        board=board,
        core=uses.core.name,
        objective=objective,
        scheme=scheme,
        stream_input=False,
        blocks=tuple(_block(uses, block) for block in blocks),
        buffers=buffers,
        overlaps=tuple(Overlap(block, write, read) for block, write, read in shared),
        arenas=(Arena(REGION, size),),
        kernels={i: kernel.name for i, kernel in enumerate(uses.kernels)},
        work_factor=1.0,
    )


def _block(uses: Uses, block: Candidate) -> Block:
    ops = tuple(range(block.first, block.end))
    macs = sum(OPERATORS[uses.nodes[i].op.kind].macs(uses.nodes[i]) for i in ops)
    return Block(ops, block.mode, block.storage, instructions=round(block.cost), macs=macs)


def _buffers(uses: Uses, blocks: Sequence[Candidate]) -> list[Buffer]:
    """Every buffer with its lifetime in blocks, offsets still open."""
    step = {op: n for n, block in enumerate(blocks) for op in range(block.first, block.end)}
    inside = {storage.tensor for block in blocks for storage in block.storage}
    last = max(len(blocks) - 1, 0)
    buffers = []
    for tensor in uses.stored:
        if tensor not in inside:
            born, dies = uses.span(tensor)
            buffers.append(
                Buffer(f"t{tensor}", tensor, REGION, 0, uses.size(tensor), step.get(born, 0), step.get(dies, last))
            )
    for n, block in enumerate(blocks):
        buffers += [Buffer(f"t{s.tensor}", s.tensor, REGION, 0, storage_bytes(uses, s), n, n) for s in block.storage]
        if block.scratch:
            buffers.append(Buffer(f"scratch{n}", None, REGION, 0, block.scratch, n, n))
    return buffers


def _shared(uses: Uses, blocks: Sequence[Candidate]) -> list[tuple[int, str, str]]:
    """(block, output, input) of every operator that works in place."""
    found = []
    for n, block in enumerate(blocks):
        if block.mode == "layer" and (source := in_place_input(uses, block.first)) is not None:
            found.append((n, f"t{uses.writes[block.first][0]}", f"t{source}"))
    return found


def _items(buffers: Sequence[Buffer], shared: Sequence[tuple[int, str, str]]) -> list[Item]:
    """What the packing places: buffers that share bytes are one item, alive as long as any of them."""
    groups = {b.name: [b] for b in buffers}
    for _, write, read in shared:
        joined = groups[read] + groups[write]
        for buffer in joined:
            groups[buffer.name] = joined
    unique = {id(group): group for group in groups.values()}.values()
    return [
        Item("+".join(b.name for b in g), max(b.size for b in g), min(b.first for b in g), max(b.last for b in g))
        for g in unique
    ]
