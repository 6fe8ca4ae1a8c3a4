"""The rules every plan obeys, whoever made it: the search, a test, or a person with an editor.

`check_plan` is the gate before the renderer: a plan that passes runs without one tensor overwriting another.
"""

from __future__ import annotations

from typing import NoReturn

from tinykit.errors import InputError
from tinykit.planner.blocks import storage_bytes
from tinykit.planner.format import Block, Buffer, Plan, Storage
from tinykit.planner.lifetimes import lifetimes
from tinykit.planner.simulate import first_loss
from tinykit.planner.strips import columns, widest
from tinykit.planner.uses import Uses, align
from tinykit.planner.windows import again, reader

_ALIGN = 4


def check_plan(plan: Plan, uses: Uses) -> None:
    """Raise InputError naming the first rule `plan` breaks for the graph and core of `uses`."""
    if plan.model_sha256 != uses.graph.sha256:
        _fail(plan, "it was made for another model file", "plan the model again")
    _check_blocks(plan, uses)
    _check_kernels(plan, uses)
    _check_buffers(plan, uses)
    _check_ranges(plan, uses)
    _check_reads(plan, uses)


def _fail(plan: Plan, what: str, hint: str = "") -> NoReturn:
    raise InputError(f"the plan of {plan.model} cannot be used: {what}", hint=hint)


def _check_blocks(plan: Plan, uses: Uses) -> None:
    """The blocks cover the operators once, in order, and each can run in its mode."""
    if [op for block in plan.blocks for op in block.ops] != list(range(len(uses.writes))):
        _fail(plan, f"its blocks do not hold operators 0 to {len(uses.writes) - 1} once each, in order")
    for n, block in enumerate(plan.blocks):
        result = uses.reads[block.ops[-1]][0].tensor if block.reduces and block.ops else uses.writes[block.ops[-1]][0]
        if not 1 <= block.strips <= max(uses.grid(result).width, 1):
            _fail(plan, f"block {n}: {block.strips} strips are no way to cut its result")
        if block.strips > 1 and (block.mode != "rows" or block.streamed):
            _fail(plan, f"block {n}: only a block by rows whose input lies whole can be cut into strips")
        if block.streamed != (plan.stream_input and n == 0):
            _fail(plan, f"block {n}: the input is streamed into the first block, where the plan says so, and into no other")
        if block.streamed and (block.mode == "layer" or len(uses.inputs) != 1):
            _fail(plan, f"block {n}: the one input of a model can be streamed into a block by rows or pixels")
        if (block.unit > 0) != (block.mode == "pixels") or block.unit < 0:
            _fail(plan, f"block {n}: a block by pixels, and no other, has a unit of at least one pixel")
        if block.mode == "layer" and (len(block.ops) != 1 or block.storage or block.reduces):
            _fail(plan, f"block {n}: a layer block is one operator and holds nothing for itself")
        if block.mode != "layer":
            _check_row_block(plan, uses, n, block)


def _check_row_block(plan: Plan, uses: Uses, n: int, block: Block) -> None:
    exit = block.ops[-1]
    if block.reduces and ((len(block.ops) < 2 and not block.streamed) or uses.reducers[exit] is None):
        _fail(plan, f"block {n}: {uses.nodes[exit].where} cannot sum up what the operators before it produce")
    first = -1 if block.streamed else block.ops[0]
    for op in block.ops[: -1 if block.reduces else None]:
        if not uses.streams(op, first):
            _fail(plan, f"block {n}: {uses.nodes[op].where} cannot be computed row by row")
        if (block.unit or block.strips > 1) and not uses.streams_pixels(op, first):
            _fail(plan, f"block {n}: {uses.nodes[op].where} cannot be computed pixel by pixel")
    inside = [*(uses.inputs if block.streamed else ()), *(uses.writes[op][0] for op in block.ops[:-1])]
    if [s.tensor for s in block.storage] != inside:
        _fail(plan, f"block {n}: storage must name tensors {inside}, in this order")
    for held in block.storage:
        if uses.span(held.tensor)[1] > exit:
            _fail(plan, f"block {n}: tensor {held.tensor} is needed after the block")
        _check_storage(plan, uses, n, block, held)
    if block.strips > 1:
        strips = columns(uses, block.ops, block.strips, reduces=block.reduces)
        for held in block.storage:
            if held.hold == "line" or held.unit or held.width != widest(strips, held.tensor):
                width = widest(strips, held.tensor)
                _fail(plan, f"block {n}: in {block.strips} strips, rows of tensor {held.tensor} are held {width} pixels wide")
    elif any(held.width for held in block.storage):
        _fail(plan, f"block {n}: rows are held whole where there are no strips")


def _check_storage(plan: Plan, uses: Uses, n: int, block: Block, held: Storage) -> None:
    grid = uses.grid(held.tensor, held.unit)
    if held.hold == "window":
        op = uses.producer.get(held.tensor, -1)
        found = reader(uses, op, block.ops) if op in block.ops[:-1] and block.unit else None
        if found is None or again(uses, op, *found, block.unit).storage != held:
            _fail(plan, f"block {n}: tensor {held.tensor} cannot be computed again for windows of this size")
        if any(s.hold == "window" and s.tensor == uses.reads[op][0].tensor for s in block.storage):
            _fail(plan, f"block {n}: tensor {held.tensor} cannot be computed again from one that is")
        return
    if not 0 <= held.unit <= grid.width:
        _fail(plan, f"block {n}: tensor {held.tensor} has no unit of {held.unit} pixels in a row of {grid.width}")
    if (held.hold == "full") != (held.rows == grid.rows) or held.rows < int(held.hold != "line"):
        _fail(plan, f"block {n}: tensor {held.tensor} must be held full ({grid.rows} rows) or as a ring of fewer")
    if held.hold == "ring" and grid.width % grid.unit:
        _fail(plan, f"block {n}: a ring of rows of tensor {held.tensor} needs units that divide {grid.width} pixels")
    pieces = held.pixels, held.mirror
    if (held.hold != "line" and any(pieces)) or any(p < 0 or p % grid.unit for p in pieces):
        _fail(plan, f"block {n}: tensor {held.tensor}: pixels and mirror of a line buffer are multiples of its unit")
    if held.hold == "line" and not held.rows * grid.per_row * grid.unit + held.pixels >= max(held.mirror, 1):
        _fail(plan, f"block {n}: tensor {held.tensor}: a line buffer holds at least a pixel and what it repeats")


def _check_kernels(plan: Plan, uses: Uses) -> None:
    choices = {i: uses.choices(i, reduces=b.reduces and i == b.ops[-1]) for b in plan.blocks for i in b.ops}
    for op in {*choices, *plan.kernels}:
        if plan.kernels.get(op) not in choices.get(op, {}):
            right = " or ".join(choices.get(op, {})) or "nothing"
            _fail(plan, f"operator {op} runs {right} on {uses.core.name}, not {plan.kernels.get(op)!r}")


def _needs(plan: Plan, uses: Uses) -> dict[str, tuple[int | None, int, int, int]]:
    """The buffers a plan must have: name → tensor, least bytes, first and last block."""
    step = {op: n for n, block in enumerate(plan.blocks) for op in block.ops}
    end = max(len(plan.blocks) - 1, 0)
    needs: dict[str, tuple[int | None, int, int, int]] = {}
    for tensor in uses.stored:
        born, dies = uses.span(tensor)
        needs[f"t{tensor}"] = tensor, uses.tensor(tensor).bytes, step.get(born, 0), step.get(dies, end)
    for n, block in enumerate(plan.blocks):
        for held in block.storage:
            needs[f"t{held.tensor}"] = held.tensor, storage_bytes(uses, held), n, n
        calls = block.ops[: -1 if block.reduces else None]
        if scratch := max((uses.choices(op)[plan.kernels[op]].scratch(uses.nodes[op]) for op in calls), default=0):
            needs[f"scratch{n}"] = None, scratch, n, n
        if block.reduces:
            op = block.ops[-1]
            needs[f"sums{n}"] = None, uses.kernel(op, reduces=True).scratch(uses.nodes[op]), n, n
    return needs


def _check_buffers(plan: Plan, uses: Uses) -> None:
    """Exactly the buffers that are needed, large enough, alive long enough, inside their region."""
    sizes = {arena.region: arena.size for arena in plan.arenas}
    if not sizes or len(sizes) != len(plan.arenas):
        _fail(plan, "it has no arena, or two in one memory region")
    needs = _needs(plan, uses)
    if plan.arena_bytes > sum(align(size, 16) for _, size, _, _ in needs.values()):
        _fail(plan, f"its arena of {plan.arena_bytes} B is larger than all its buffers together")
    names = [b.name for b in plan.buffers]
    if sorted(names) != sorted(needs):
        odd = sorted({*names} ^ {*needs}) or sorted({n for n in names if names.count(n) > 1})
        _fail(plan, f"buffer {odd[0]!r} is missing, not needed, or named twice")
    for b in plan.buffers:
        tensor, size, first, last = needs[b.name]
        if b.tensor != tensor or not size <= b.size <= align(size, 16) or b.first > first or b.last < last:
            _fail(plan, f"buffer {b.name} must hold tensor {tensor}, {size} B, from block {first} to {last}")
        if b.offset < 0 or b.offset % _ALIGN or b.offset + b.size > sizes.get(b.region, -1):
            _fail(plan, f"buffer {b.name} at offset {b.offset} is not on a word or leaves its region {b.region!r}")


def _check_ranges(plan: Plan, uses: Uses) -> None:
    """No two buffers that live together meet, but an output and the input it may lie over."""
    spans = lifetimes(uses, plan.blocks, plan.buffers)
    ordered = sorted(plan.buffers, key=lambda b: (b.region, b.offset))
    for i, low in enumerate(ordered):
        for high in ordered[i + 1 :]:
            if high.region != low.region or high.offset >= low.offset + low.size:
                break
            (a, b), (c, d) = spans[low.name], spans[high.name]
            kept = {low.tensor, high.tensor} & {*uses.variables}
            if max(a, c) <= min(b, d) and (kept or not _may_overlap(plan, low, high)):
                _fail(plan, f"buffers {low.name} and {high.name} meet at offset {high.offset}")


def _may_overlap(plan: Plan, a: Buffer, b: Buffer) -> bool:
    """Whether the plan lets one of the two lie over the other, in the one block that both live in, and it keeps its distance."""
    for overlap in plan.overlaps:
        for write, read in ((a, b), (b, a)):
            if (overlap.write, overlap.read) == (write.name, read.name) and a.region == b.region:
                together = read.last == write.first == overlap.block
                return together and overlap.distance >= 0 and write.offset + overlap.distance <= read.offset
    return False


def _check_reads(plan: Plan, uses: Uses) -> None:
    """Run on marked bytes, no kernel finds anything but what it needs."""
    if lost := first_loss(plan, uses):
        _fail(
            plan,
            f"block {lost.block}: {uses.nodes[lost.op].where} would read bytes of tensor {lost.tensor} that are overwritten "
            "or not there yet",
            "give the tensor more rows or its buffer more distance, or plan the model again",
        )
