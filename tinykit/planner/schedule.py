"""What a block that runs in pieces spends beside its kernels: on looking what to run next, and on finding its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinykit.planner.format import Storage
from tinykit.planner.uses import Uses


def schedule_terms(
    uses: Uses,
    ops: Sequence[int],
    calls: Sequence[int],
    storage: Sequence[Storage],
    *,
    unit: int,
    reduces: bool,
    streamed: int | None = None,
) -> Mapping[str, float]:
    """How often each part of the generated loop runs, for `calls` pieces of each of `ops`.

    step: the loop itself. want: how much a reader asks for is computed, which is done for the operator that runs and all behind
    it; idle: one does not ask. ring, line, strip: row pointers taken from what a block holds so; those into a map that
    lies whole are part of the kernel's own cost. mirror: units that may be repeated behind a ring's end. arrive: units of the
    tensor `streamed` that come from outside, and their bytes.
    """
    held = {s.tensor: s for s in storage}
    looked = [(op, n) for op, n in zip(ops, calls, strict=True) if not _again(uses, op, held)]
    kind = "_pixels" if unit else ""
    terms = {f"{term}{kind}": 0.0 for term in ("step", "want", "idle")} | dict.fromkeys(
        ("ring", "line", "strip", "mirror", "window"), 0.0
    )
    if streamed is not None:
        grid = uses.grid(streamed, unit)
        terms |= {"arrive": grid.count, "arrive_byte": uses.tensor(streamed).bytes}
        terms[f"want{kind}"] += grid.count * len(looked)
    for at, (_, n) in enumerate(looked):
        terms[f"step{kind}"] += n
        terms[f"want{kind}"] += n * (len(looked) - 1 - at + (at > 0))
        terms[f"idle{kind}"] += n * max(at - 1, 0)
    for op, n in zip(ops, calls, strict=True):
        if _again(uses, op, held):
            terms["window"] += n
            continue
        for read in uses.reads[op]:
            source = held.get(read.tensor)
            if source is None or source.hold in ("full", "window"):
                continue
            pointers = 1 if read.region is None or (reduces and op == ops[-1]) else read.region.rows.extent
            terms["strip" if source.width else source.hold] += n * pointers
        mine = held.get(uses.writes[op][0])
        terms["mirror"] += n if mine is not None and mine.mirror else 0
    return terms


def _again(uses: Uses, op: int, held: Mapping[int, Storage]) -> bool:
    """Whether the operator never runs by itself, but inside its reader's calls."""
    mine = held.get(uses.writes[op][0])
    return mine is not None and mine.hold == "window"
