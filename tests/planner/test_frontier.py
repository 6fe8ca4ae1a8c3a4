"""The frontier of plans: no plan on it is beaten, and none that could be there is missing at its ends."""

from __future__ import annotations

import math

import pytest

from tinykit.boards import load_board
from tinykit.calibration.networks import bottlenecks
from tinykit.graph import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, pareto, plan

BOARD = load_board("stm32f746")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return run_passes(parse(bottlenecks(20, 32), name="m", source="m.tflite"))


def test_more_instructions_always_buy_bytes(graph: Graph) -> None:
    plans = pareto(graph, BOARD)
    assert len(plans) > 2
    assert [p.arena_bytes for p in plans] == sorted({p.arena_bytes for p in plans}, reverse=True)
    assert [p.instructions for p in plans] == sorted({p.instructions for p in plans})


def test_its_ends_are_the_fastest_and_the_smallest_plan(graph: Graph) -> None:
    plans = pareto(graph, BOARD)
    assert plans[0].instructions == plan(graph, BOARD).instructions
    assert plans[-1].arena_bytes == plan(graph, BOARD, PlanOptions("min-ram", max_overhead=math.inf)).arena_bytes
