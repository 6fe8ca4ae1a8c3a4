"""Random models under plans of every kind the planner can make: each byte equals `tflite_micro`'s."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.support.objects import shared_library
from tests.support.random_graphs import random_graphs
from tests.support.reference import runtime
from tinykit.graph import load
from tinykit.ops.base import Core
from tinykit.planner.blocks import Candidate, Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.check import check_plan
from tinykit.planner.format import Plan
from tinykit.planner.search import frontier
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples
from tinykit.targets.host import HostDevice

SHARDS = 4
GRAPHS = 30
ARENA = 1 << 21
"""Bytes for the reference, which by itself guesses from the file's size: large maps without weights make small files."""
CORES = (Core("cortex-m7", dsp=True), Core("cortex-m55", dsp=True, mve=True), Core("cortex-m0"))
"""Whose kernels are in the plans: all of them have the same in C."""


def random_partition(candidates: Candidates, choice: random.Random) -> list[Candidate]:
    """Blocks that cover the graph, each drawn from all that may stand there."""
    blocks: list[Candidate] = []
    while (at := blocks[-1].end if blocks else 0) < len(candidates.uses.writes):
        blocks.append(choice.choice(list(candidates.from_op(at))))
    return blocks


def plans(uses: Uses, choice: random.Random) -> list[Plan]:
    """The smallest plan, and one made at random; sometimes of those whose input is streamed."""
    candidates = Candidates(uses, wasteful=True)
    streamed = Candidates(uses, stream_input=True, wasteful=True)
    if choice.randint(0, 2) == 0 and len(uses.inputs) == 1 and uses.inputs[0] not in uses.outputs and any(streamed.from_op(0)):
        candidates = streamed
    smallest = frontier(candidates)[-1].blocks
    return [
        build_plan(uses, blocks, board="host", objective="min-ram", scheme="auto")
        for blocks in (smallest, random_partition(candidates, choice))
    ]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_byte_of_every_plan(shard: int, tmp_path: Path) -> None:
    interpreters = runtime()
    count = 0

    @seed(shard)
    @settings(max_examples=GRAPHS, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(drawn=random_graphs())
    def compare(drawn: tuple[bytes, int]) -> None:
        nonlocal count
        model, number = drawn
        count += 1
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            interpreter = interpreters.Interpreter.from_bytes(model, arena_size=ARENA)
            compare_plans(model, random.Random(number), Path(folder), interpreter)

    compare()
    assert count >= GRAPHS


def compare_plans(model: bytes, choice: random.Random, folder: Path, interpreter: Any) -> None:
    """Assert that every plan of `model` gives the bytes of `interpreter`, with the DSP extension's kernels or without."""
    folder.mkdir(exist_ok=True)
    path = folder / "random.tflite"
    path.write_bytes(model)
    graph = load(path)
    uses = Uses(graph, choice.choice(CORES))
    samples = random_samples(graph, 2).inputs
    for number, plan in enumerate(plans(uses, choice)):
        check_plan(plan, uses)
        library = folder / str(number) / graph.name
        write_library(model_code(graph, plan, uses), library)
        built = shared_library(library, folder / f"{number}.so", dsp=choice.randint(0, 1))
        device = HostDevice(built, graph.name)
        interpreter.reset()
        for sample in samples:
            for index, value in enumerate(sample):
                interpreter.set_input(value, index)
            interpreter.invoke()
            for index, found in enumerate(device.run(sample)):
                np.testing.assert_array_equal(found, interpreter.get_output(index))
