"""Ring depths: every row a block reads is still there, and no ring is a row deeper than it must be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Access, Region
from tinykit.planner.flow import Exit
from tinykit.planner.rings import Rings
from tinykit.planner.uses import Read

INPUT = 0


@st.composite
def blocks(draw: st.DrawFn) -> Any:
    """A random block: operator i writes tensor i + 1; chains, with residual branches that start and join at random."""
    rows = {INPUT: draw(st.integers(1, 14))}
    reads: list[tuple[Read, ...]] = []
    branch: int | None = None
    for i in range(draw(st.integers(2, 8))):
        if branch is not None and draw(st.booleans()) and rows[branch] == rows[i]:
            reads.append((Read(0, i, Region()), Read(1, branch, Region())))
            rows[i + 1], branch = rows[i], None
            continue
        extent, stride = draw(st.sampled_from([1, 1, 2, 3, 5, 7])), draw(st.sampled_from([1, 1, 1, 2, 3]))
        before = draw(st.integers(0, extent - 1))
        after = draw(st.integers(0, extent - 1))
        height = (rows[i] + before + after - extent) // stride + 1
        if height < 1 or branch is not None:
            before, extent, stride = extent // 2, extent // 2 * 2 + 1, 1
            height = rows[i]
        if branch is None and draw(st.booleans()):
            branch = i
        reads.append((Read(0, i, Region(rows=Access(stride, before, extent))),))
        rows[i + 1] = height
    consumers: dict[int, list[int]] = {}
    for i, found in enumerate(reads):
        for tensor in {r.tensor for r in found}:
            consumers.setdefault(tensor, []).append(i)
    return SimpleNamespace(
        reads=reads,
        writes=[(i + 1,) for i in range(len(reads))],
        consumers=consumers,
        tensor=lambda t: Tensor(f"t{t}", (1, rows[t], 1, 1), DType.INT8),
        view=lambda op, read: Tensor("t", (1, rows[read.tensor], 1, 1), DType.INT8),
        rows=rows,
    )


def run(block: Any, held: dict[int, int]) -> bool | None:
    """Execute the block by the rule in the documentation, on real rings; False when a row needed was overwritten.

    None when all went well but some rows were never asked for: rings then may be deeper than this block needs.
    """
    last = len(block.reads)
    slots: dict[int, dict[int, int]] = {t: {} for t in held}
    produced = dict.fromkeys(block.rows, 0)

    def window(op: int, read: Read) -> tuple[int, int]:
        assert read.region is not None
        return read.region.rows.interval(produced[op + 1], produced[op + 1] + 1, block.rows[read.tensor])

    def pull(op: int) -> bool:
        """One row of `op`, after whatever it needs; branches in graph order."""
        for source in range(1, op + 1):
            for read in block.reads[op]:
                while read.tensor == source and produced[source] < window(op, read)[1]:
                    if not pull(source - 1):
                        return False
        for read in block.reads[op]:
            if read.tensor in held and any(slots[read.tensor].get(y % held[read.tensor]) != y for y in range(*window(op, read))):
                return False
        if op + 1 in held:
            slots[op + 1][produced[op + 1] % held[op + 1]] = produced[op + 1]
        produced[op + 1] += 1
        return True

    if not all(pull(last - 1) for _ in range(block.rows[last])):
        return False
    return None if any(produced[t] < block.rows[t] for t in held) else True


@settings(max_examples=300, deadline=None)
@given(blocks())
def test_rings_are_deep_enough_and_no_deeper(block: Any) -> None:
    exit = len(block.reads) - 1
    rings = Rings(block)
    held = {t: rings.ring(t, Exit(exit)).slots for t in range(1, exit + 1) if t in block.consumers}
    outcome = run(block, held)
    assert outcome is not False
    for tensor, depth in held.items():
        if depth > 1 and outcome:
            assert not run(block, {**held, tensor: depth - 1}), f"tensor {tensor} needs fewer than {depth} rows"


def test_a_skip_is_kept_for_as_long_as_the_other_path_is_behind() -> None:
    three = Region(rows=Access(1, 1, 3))
    block: Any = SimpleNamespace(
        reads=[(Read(0, 0, Region()),), (Read(0, 1, three),), (Read(0, 2, three),), (Read(0, 3, Region()), Read(1, 1, Region()))],
        writes=[(1,), (2,), (3,), (4,)],
        consumers={0: [0], 1: [1, 3], 2: [2], 3: [3]},
        tensor=lambda t: Tensor("t", (1, 20, 1, 1), DType.INT8),
        view=lambda op, read: Tensor("t", (1, 20, 1, 1), DType.INT8),
    )
    rings = Rings(block)
    assert [rings.ring(t, Exit(3)).slots for t in (1, 2, 3)] == [3, 3, 1]
