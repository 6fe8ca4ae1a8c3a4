"""Random models of int16 activations under plans of every kind the planner can make."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.support.random_int16 import random_int16_model
from tests.support.reference import runtime

GRAPHS = 8


@pytest.mark.parametrize("shard", range(2))
def test_every_byte_of_every_plan(shard: int, tmp_path: Path) -> None:
    interpreters = runtime()
    for seed in range(shard * GRAPHS, (shard + 1) * GRAPHS):
        model = random_int16_model(seed)
        interpreter = interpreters.Interpreter.from_bytes(model, arena_size=1 << 19)
        compare_plans(model, random.Random(seed), tmp_path / str(seed), interpreter)
