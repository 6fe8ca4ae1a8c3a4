"""Attention under the smallest plan: a row of scores at a time, and tokens that their successors overwrite."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planner.test_overlap import CORE
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner.blocks import Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.check import check_plan
from tinykit.planner.search import frontier
from tinykit.planner.uses import Uses

SIDE, CHANNELS, RANK = 8, 32, 4
TOKENS = SIDE * SIDE


def attention(b: ModelBuilder, *, lines: bool) -> int:
    """A residual attention over the tokens of a map; its queries seen as one line, or as rows of the map."""

    def mixed(source: int, channels: int) -> int:
        depth = b.tensors[source].shape[-1]
        weights = b.constant(np.ones((channels, 1, 1, depth), np.int8), scale=0.02)
        shape = (*b.tensors[source].shape[:3], channels)
        return b.op("CONV_2D", [source, weights], shape=shape, scale=0.1, stride=(1, 1), padding="SAME")

    def seen(source: int, shape: tuple[int, ...]) -> int:
        return b.op("RESHAPE", [source], shape=shape, scale=0.1)

    x = mixed(b.input((1, SIDE, SIDE, CHANNELS), scale=0.1), CHANNELS)
    line = seen(x, (1, 1, TOKENS, CHANNELS))
    query, key, value = mixed(line if lines else x, RANK), mixed(line, RANK), mixed(line, RANK)
    rows = b.tensors[query].shape[:3]
    scores = b.op("BATCH_MATMUL", [query, key], shape=(*rows, TOKENS), adj_y=True, scale=0.2)
    shares = b.op("SOFTMAX", [scores], shape=(*rows, TOKENS), scale=1 / 256, zero_point=-128, beta=1.0)
    heads = b.op("BATCH_MATMUL", [shares, value], shape=(*rows, RANK), scale=0.1)
    x = line if lines else x
    return b.op("ADD", [x, mixed(heads, CHANNELS)], shape=b.tensors[x].shape, scale=0.15)


@pytest.mark.parametrize("lines", [False, True])
def test_no_more_than_a_token_s_scores_are_held(lines: bool) -> None:
    b = ModelBuilder()
    model = b.build([attention(b, lines=lines)])
    uses = Uses(run_passes(parse(model, name="m", source="m.tflite")), CORE)
    plan = build_plan(uses, frontier(Candidates(uses))[-1].blocks, board="b", objective="min-ram", scheme="auto")
    check_plan(plan, uses)
    scores = [uses.writes[i][0] for i, op in enumerate(uses.graph.ops) if op.kind in ("BATCH_MATMUL", "SOFTMAX")][:2]
    held = {s.tensor: s for block in plan.blocks for s in block.storage}
    assert [(held[t].hold, held[t].rows, held[t].pixels) for t in scores] == [("line", 0, 1)] * 2
    tokens, operands = TOKENS * CHANNELS, 2 * TOKENS * RANK
    # Keys, values and what a token needs; the sum lies over the tokens it consumes.
    assert tokens + operands < plan.arena_bytes < tokens + operands + 4 * TOKENS


def test_scores_of_all_tokens_would_not_fit_there() -> None:
    """What the test above holds is worth something: layer by layer the scores alone take more."""
    b = ModelBuilder()
    uses = Uses(run_passes(parse(b.build([attention(b, lines=True)]), name="m", source="m.tflite")), CORE)
    whole = build_plan(uses, frontier(Candidates(uses, rows=False))[-1].blocks, board="b", objective="min-ram", scheme="layer")
    assert whole.arena_bytes > TOKENS * TOKENS + TOKENS * CHANNELS
