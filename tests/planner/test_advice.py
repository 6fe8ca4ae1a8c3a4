"""What does not fit is told with what bounds it and with a change that was tried."""

from __future__ import annotations

import math
import re

import pytest

from tests.support.models import convolutional, dense
from tinykit.boards import load_board
from tinykit.calibration.networks import bottlenecks
from tinykit.errors import DoesNotFit
from tinykit.graph import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, plan
from tinykit.planner.peak import bytes_in_use, peak

BOARD = load_board("stm32f746")


def read(data: bytes) -> Graph:
    return run_passes(parse(data, name="m", source="m.tflite"))


def refused(graph: Graph, options: PlanOptions) -> DoesNotFit:
    with pytest.raises(DoesNotFit) as caught:
        plan(graph, BOARD, options)
    return caught.value


def test_it_says_by_how_much_and_what_bounds_it() -> None:
    graph = read(dense(640, 64))
    error = refused(graph, PlanOptions(sram=600))
    needed = plan(graph, BOARD, PlanOptions("min-ram")).arena_bytes
    assert f"{needed:,} B in its smallest plan, {needed - 600:,} B more than the 600 B" in error.message
    assert f"640 of its {needed:,} B hold the input, 640" in error.hint
    assert f"--sram {needed} would do" in error.hint


def test_what_is_proposed_fits() -> None:
    graph = read(bottlenecks(12, 32))
    limited = PlanOptions(scheme="layer", sram=12000)
    error = refused(graph, limited)
    found = re.search(r"with (--[\w -]+?|--stream-input, any scheme and any repeated work) it needs ([\d,]+) B", error.hint)
    assert found is not None
    bytes_needed = int(found[2].replace(",", ""))
    assert bytes_needed <= 12000
    assert plan(graph, BOARD, PlanOptions("min-ram", sram=12000)).arena_bytes <= 12000
    assert plan(graph, BOARD, PlanOptions("min-ram", max_overhead=math.inf)).arena_bytes == bytes_needed


def test_another_board_is_named_that_has_the_room() -> None:
    graph = read(convolutional(370))
    with pytest.raises(DoesNotFit) as caught:
        plan(graph, BOARD)
    named = re.search(r"--board (\w+)", caught.value.hint)
    assert named is not None
    assert plan(graph, load_board(named[1])).arena_bytes > BOARD.sram


def test_the_fullest_step_counts_shared_bytes_once() -> None:
    made = plan(read(bottlenecks(12, 32)), BOARD, PlanOptions("min-ram"))
    fullest = peak(made)
    assert fullest.bytes == max(bytes_in_use(made, n) for n in range(len(made.blocks))) <= made.arena_bytes
    assert fullest.bytes <= sum(b.size for b in fullest.buffers)
    assert all(b.first <= fullest.step <= b.last for b in fullest.buffers)
