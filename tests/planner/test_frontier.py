"""The frontier of plans: no plan on it is beaten, and none that could be there is missing at its ends."""

from __future__ import annotations

import math

import pytest

from tinykit.boards import load_board
from tinykit.calibration.networks import bottlenecks
from tinykit.errors import InputError
from tinykit.graph import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, pareto, plan
from tinykit.planner.check import check_plan
from tinykit.planner.uses import Uses

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


def test_a_search_that_is_cut_short_ends_with_a_plan_that_is_not_called_proven() -> None:
    graph = run_passes(parse(bottlenecks(12, 24), name="deep", source="deep"))
    short = plan(graph, BOARD, PlanOptions("min-ram", seconds=1e-9))
    whole = plan(graph, BOARD, PlanOptions("min-ram"))
    check_plan(short, Uses(graph, BOARD.core))
    assert not short.optimal and short.lower_bound <= whole.arena_bytes <= short.arena_bytes
    unhurried = plan(graph, BOARD, PlanOptions("min-ram", seconds=600))
    assert (unhurried.arena_bytes, unhurried.optimal) == (whole.arena_bytes, whole.optimal)


def test_a_time_limit_that_leaves_no_time() -> None:
    graph = run_passes(parse(bottlenecks(3, 8), name="deep", source="deep"))
    with pytest.raises(InputError, match="time limit"):
        plan(graph, BOARD, PlanOptions(seconds=0))
