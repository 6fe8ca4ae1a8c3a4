"""Plans from the cache are the plans that were searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.models import convolutional
from tinykit.boards import load_board
from tinykit.graph import Graph, load
from tinykit.planner import PlanOptions, plan
from tinykit.planner.kept import kept_plan

BOARD = load_board("stm32f746")


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.setenv("TINYKIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "net.tflite").write_bytes(convolutional())
    return load(tmp_path / "net.tflite")


def test_the_second_time_a_plan_is_read(graph: Graph) -> None:
    for options in (PlanOptions(), PlanOptions(objective="min-ram")):
        searched, known = kept_plan(graph, BOARD, options)
        assert not known and searched == plan(graph, BOARD, options)
        assert kept_plan(graph, BOARD, options) == (searched, True)


def test_another_board_is_another_question(graph: Graph) -> None:
    kept_plan(graph, BOARD, PlanOptions())
    found, known = kept_plan(graph, load_board("emu_m0"), PlanOptions())
    assert not known and found.board == "emu_m0"


def test_a_damaged_cache_is_searched_anew(graph: Graph, tmp_path: Path) -> None:
    searched, _ = kept_plan(graph, BOARD, PlanOptions())
    (file,) = (tmp_path / "cache" / "plans").iterdir()
    file.write_text(file.read_text()[:-30])
    assert kept_plan(graph, BOARD, PlanOptions()) == (searched, False)
