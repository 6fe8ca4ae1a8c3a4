"""From chosen blocks to a plan: every tensor, ring and scratch gets its bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tinykit.planner.arena import Item, pack
from tinykit.planner.blocks import Candidate, storage_bytes
from tinykit.planner.format import Arena, Block, Buffer, Overlap, Plan
from tinykit.planner.lifetimes import lifetimes
from tinykit.planner.regions import MAIN, Room, fastest, split
from tinykit.planner.strips import macs
from tinykit.planner.uses import Uses


def build_plan(uses: Uses, blocks: Sequence[Candidate], *, board: str, objective: str, scheme: str) -> Plan:
    """Lay out `blocks` (a partition of the graph's operators, in order) in one memory and describe the result."""
    layout = _Layout(uses, blocks)
    offsets, _ = pack(layout.items, layout.distances)
    return layout.plan({name: (MAIN, offset) for name, offset in offsets.items()}, (board, objective, scheme))


def split_plan(
    uses: Uses, blocks: Sequence[Candidate], among: Sequence[Room], *, board: str, objective: str, scheme: str
) -> Plan | None:
    """The same in several memories, none of which holds more than it has room for; None where no way is found."""
    layout = _Layout(uses, blocks)
    places = split(layout.items, layout.distances, among, [f"t{tensor}" for tensor in uses.inputs])
    return None if places is None else layout.plan(places, (board, objective, scheme))


def moved(plan: Plan, among: Sequence[Room]) -> Plan:
    """`plan`, which lies in one memory, in the fastest that holds it; an input that is written as a whole needs DMA there."""
    room = fastest(plan.arena_bytes, among, dma=not plan.stream_input)
    if room is None or room.region == MAIN:
        return plan
    buffers = tuple(replace(b, region=room.region) for b in plan.buffers)
    return replace(plan, buffers=buffers, arenas=(Arena(room.region, plan.arena_bytes),))


class _Layout:
    """The buffers that blocks need, before they have their places."""

    def __init__(self, uses: Uses, blocks: Sequence[Candidate]) -> None:
        self._uses = uses
        self._candidates = blocks
        self._buffers = _buffers(uses, blocks)
        self._allowed = _overlaps(uses, blocks)
        self._blocks = tuple(_block(uses, block) for block in blocks)
        spans = lifetimes(uses, self._blocks, self._buffers)
        self.items = [Item(b.name, b.size, *spans[b.name]) for b in self._buffers]
        self.distances = {(o.write, o.read): o.distance for o in self._allowed}

    def plan(self, places: Mapping[str, tuple[str, int]], names: tuple[str, str, str]) -> Plan:
        """The plan with every buffer at its place: region and offset by name; `names` of board, objective and scheme."""
        uses, graph = self._uses, self._uses.graph
        board, objective, scheme = names
        buffers = tuple(replace(b, region=places[b.name][0], offset=places[b.name][1]) for b in self._buffers)
        sizes: dict[str, int] = {} if buffers else {MAIN: 0}
        for b in buffers:
            sizes[b.region] = max(sizes.get(b.region, 0), b.offset + b.size)
        return Plan(
            model=graph.name,
            model_path=graph.source,
            model_sha256=graph.sha256,
            board=board,
            core=uses.core.name,
            objective=objective,
            scheme=scheme,
            stream_input=any(block.streamed for block in self._candidates),
            blocks=self._blocks,
            buffers=buffers,
            overlaps=tuple(_used(self._allowed, {b.name: b for b in buffers})),
            arenas=tuple(Arena(region, size) for region, size in sizes.items()),
            kernels={i: _kernel(uses, b, i) for b in self._candidates for i in range(b.first, b.end)},
            work_factor=sum(b.macs for b in self._blocks) / max(sum(macs(uses, op) for op in range(len(uses.nodes))), 1),
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
            buffers.append(Buffer(f"t{tensor}", tensor, MAIN, 0, uses.size(tensor), step.get(born, 0), step.get(dies, last)))
    for n, block in enumerate(blocks):
        buffers += [Buffer(f"t{s.tensor}", s.tensor, MAIN, 0, storage_bytes(uses, s), n, n) for s in block.storage]
        if block.scratch:
            buffers.append(Buffer(f"scratch{n}", None, MAIN, 0, block.scratch, n, n))
        if block.sums:
            buffers.append(Buffer(f"sums{n}", None, MAIN, 0, block.sums, n, n))
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
        return a.region == b.region and a.offset < b.offset + b.size and b.offset < a.offset + a.size

    return [o for o in allowed if meet(buffers[o.write], buffers[o.read])]
