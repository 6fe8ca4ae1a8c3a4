"""Outputs that lie over the input they consume: as near as is right, and a byte nearer is caught."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from tests.support.random_graphs import random_graphs
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.ops.base import Core
from tinykit.planner.blocks import Candidate, Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.flow import Exit
from tinykit.planner.format import Arena, Plan
from tinykit.planner.simulate import first_loss
from tinykit.planner.uses import Uses

CORE = Core("cortex-m7", dsp=True)


def drawn_plan(drawn: tuple[bytes, int]) -> tuple[Candidates, list[Candidate], Plan]:
    """A plan drawn at random from the whole space, for a random model."""
    model, seed = drawn
    choice = random.Random(seed)
    uses = Uses(run_passes(parse(model, name="m", source="m.tflite")), CORE)
    candidates = Candidates(uses, units=(1, 2, 3), wasteful=True)
    streamed = Candidates(uses, units=(1, 2, 3), stream_input=True, wasteful=True)
    if choice.randint(0, 1) and uses.inputs[0] not in uses.outputs and any(streamed.from_op(0)):
        candidates = streamed
    blocks: list[Candidate] = []
    while (at := blocks[-1].end if blocks else 0) < len(candidates.uses.writes):
        blocks.append(choice.choice(list(candidates.from_op(at))))
    return candidates, blocks, build_plan(candidates.uses, blocks, board="b", objective="min-ram", scheme="auto")


def side_by_side(plan: Plan, write: str, read: str, below: int) -> Plan:
    """The same plan with no buffer over another, but `write` that many bytes below `read`."""
    sizes = {b.name: b.size for b in plan.buffers}
    offsets = {write: 0, read: below}
    at = below + sizes[read] + sizes[write]
    for name, size in sizes.items():
        if name not in offsets:
            offsets[name] = at
            at += size
    buffers = tuple(replace(b, offset=offsets[b.name]) for b in plan.buffers)
    return replace(plan, buffers=buffers, arenas=(Arena("sram", at),))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_graphs())
def test_no_value_is_lost_and_no_overlap_could_be_a_byte_tighter(drawn: tuple[bytes, int]) -> None:
    candidates, blocks, plan = drawn_plan(drawn)
    uses = candidates.uses
    assert first_loss(plan, uses) is None
    for n, block in enumerate(blocks):
        output = uses.writes[block.end - 1][0]
        for tensor, _ in block.distances:
            again = tuple(uses.producer[s.tensor] for s in block.storage if s.hold == "window")
            distance = candidates.rings.distance(tensor, block.first, Exit(block.end - 1, block.unit, block.reduces, again))
            if block.mode == "layer" and not uses.streams(block.first, block.first):
                distance = 0
            names = f"t{output}", f"t{tensor}"
            assert first_loss(side_by_side(plan, *names, distance), uses) is None
            if distance and not again:  # of a window computed again, some columns are kept and not read once more
                lost = first_loss(side_by_side(plan, *names, distance - 1), uses)
                assert lost is not None and (lost.block, lost.tensor) == (n, tensor)


def test_the_pairs_tried_are_no_exception() -> None:
    """The property above says nothing of a space without overlaps: most random models have some."""
    found = 0

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(random_graphs())
    def count(drawn: tuple[bytes, int]) -> None:
        nonlocal found
        found += any(distance for block in drawn_plan(drawn)[1] for _, distance in block.distances)

    count()
    assert found > 3
