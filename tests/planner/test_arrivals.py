"""What a streamed input sets off, row by row."""

from __future__ import annotations

from tests.support.models import convolutional
from tinykit.boards import load_board
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, plan
from tinykit.planner.arrivals import after_rows, waiting
from tinykit.planner.uses import Uses


def test_the_rows_add_up_to_the_block() -> None:
    graph = run_passes(parse(convolutional(size=9), name="m", source="m.tflite"))
    board = load_board("stm32f746")
    made = plan(graph, board, PlanOptions("min-ram", stream_input=True))
    rows = after_rows(made, Uses(graph, board.core))
    assert len(rows) == 9
    assert abs(sum(rows) - made.instructions) <= 9
    assert rows[0] < rows[1], "the first row of a 3x3 window can do nothing yet"
    assert after_rows(plan(graph, board), Uses(graph, board.core)) == ()


def test_rows_wait_only_while_work_is_behind() -> None:
    assert waiting([10, 10, 10], period=10) == 0
    assert waiting([10, 10, 10], period=9) == 1
    assert waiting([100, 1, 1, 1], period=30) == 3
    assert waiting([], period=1) == 0
