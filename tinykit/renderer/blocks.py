"""Blocks as the C they become: which kernel calls, on which rows, in which loops."""

from __future__ import annotations

from dataclasses import dataclass

from tinykit.ops.base import Access
from tinykit.planner.blocks import one_call
from tinykit.planner.format import Block, Plan
from tinykit.planner.uses import Read, Uses
from tinykit.renderer.text import comment, shape


@dataclass(frozen=True)
class Window:
    """The rows of one input that a row call reads: `count` rows from `first` (an expression in the output row)."""

    at: int
    """Position of the first pointer in the call's array."""
    tensor: str
    first: str
    count: int
    height: int
    held: int
    row_bytes: int

    @property
    def whole(self) -> bool:
        return self.held == self.height


@dataclass(frozen=True)
class Call:
    """One operator in a block."""

    op: int
    kernel: str
    summary: str
    output: str
    pixels: int
    """Pixels of one call: of a row, or of the whole map."""
    scratch: str
    inputs: tuple[str, ...]
    once: bool
    """One call computes the whole output."""
    rows_kernel: bool
    windows: tuple[Window, ...] = ()
    height: int = 1
    row_bytes: int = 0
    held: int = 1
    wants: tuple[str, ...] = ()
    """In a row block: for each consumer, how many rows of this operator's output it asks for."""

    @property
    def pointers(self) -> int:
        return max((w.at + w.count for w in self.windows), default=0)


@dataclass(frozen=True)
class BlockCode:
    """What the model.c template needs of one block."""

    index: int
    mode: str
    calls: tuple[Call, ...]
    pointers: int
    storage: tuple[str, ...]


def block_code(uses: Uses, plan: Plan, index: int) -> BlockCode:
    """The C of block `index` of `plan`, as values for the template."""
    block = plan.blocks[index]
    held = {s.tensor: s.rows for s in block.storage}
    scratch = f"scratch{index}"
    scratch_at = f"SCRATCH{index}" if any(b.name == scratch for b in plan.buffers) else "0"
    calls = tuple(_call(uses, block, op, held, scratch_at) for op in block.ops)
    storage = tuple(
        f"t{s.tensor} {shape(uses.tensor(s.tensor).shape)}: {s.rows} of {uses.tensor(s.tensor).rows} rows"
        for s in block.storage
    )
    return BlockCode(index, block.mode, calls, max((c.pointers for c in calls), default=0), storage)


def _call(uses: Uses, block: Block, op: int, held: dict[int, int], scratch: str) -> Call:
    kernel, node = uses.kernels[op], uses.nodes[op]
    output = uses.writes[op][0]
    tensor = uses.tensor(output)
    once = block.mode == "layer" and one_call(uses, op)
    channels = tensor.shape[-1] if tensor.shape else 1
    pixels = tensor.elements // max(channels, 1)
    row = "y" if block.mode == "layer" else f"n{output}"
    return Call(
        op=op,
        kernel=kernel.name,
        summary=_summary(uses, op),
        output=f"T{output}",
        pixels=pixels if once else pixels // tensor.rows,
        scratch=scratch if kernel.scratch(node) else "0",
        inputs=tuple(f"T{read.tensor}" for read in uses.reads[op]),
        once=once,
        rows_kernel=kernel.rows,
        windows=() if once else _windows(uses, op, row, held),
        height=tensor.rows,
        row_bytes=tensor.row_bytes,
        held=held.get(output, tensor.rows),
        wants=_wants(uses, block, output),
    )


def _summary(uses: Uses, op: int) -> str:
    node = uses.nodes[op]
    reads = ", ".join(f"t{r.tensor} [{shape(uses.tensor(r.tensor).shape)}]" for r in uses.reads[op])
    writes = ", ".join(f"t{t} [{shape(uses.tensor(t).shape)}]" for t in uses.writes[op])
    return f"{comment(node.op.label or node.op.kind)}: {reads} -> {writes}"


def _windows(uses: Uses, op: int, row: str, held: dict[int, int]) -> tuple[Window, ...]:
    windows = []
    at = 0
    for read in uses.reads[op]:
        assert read.region is not None
        view = uses.nodes[op].input(read.index)
        access = read.region.rows
        windows.append(
            Window(
                at,
                f"T{read.tensor}",
                _first(access, row),
                access.extent,
                view.rows,
                held.get(read.tensor, view.rows),
                view.row_bytes,
            )
        )
        at += access.extent
    return tuple(windows)


def _first(access: Access, row: str) -> str:
    scaled = row if access.stride == 1 else f"{row} * {access.stride}"
    return f"{scaled} - {access.before}" if access.before else scaled


def _wants(uses: Uses, block: Block, tensor: int) -> tuple[str, ...]:
    """For each consumer in the block: the rows of `tensor` its next row needs, or 0 while it is not wanted itself."""
    if tensor == uses.writes[block.ops[-1]][0]:
        return ()
    height = uses.tensor(tensor).rows
    return tuple(
        _want(read, f"n{output}", f"want{output}", height)
        for op in block.ops
        for output in uses.writes[op]
        for read in uses.reads[op]
        if read.tensor == tensor
    )


def _want(read: Read, produced: str, want: str, height: int) -> str:
    assert read.region is not None
    access = read.region.rows
    last = access.extent - access.before
    scaled = produced if access.stride == 1 else f"{produced} * {access.stride}"
    rows = f"{scaled} + {last}" if last >= 0 else f"{scaled} - {-last}"
    return f"({produced} < {want} ? tk_min({rows}, {height}) : 0)"
