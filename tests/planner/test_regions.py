"""Several memories: what does not fit one is split over them, and no buffer straddles two."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import missing
from tests.planner.test_arena import items
from tests.support.models import convolutional, dense
from tinykit import pipeline
from tinykit.boards import Board, load_board
from tinykit.calibration.networks import residual
from tinykit.errors import DoesNotFit, InputError
from tinykit.graph import load
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.planner import PlanOptions, plan
from tinykit.planner.arena import Item, pack
from tinykit.planner.check import check_plan
from tinykit.planner.file import read_plan
from tinykit.planner.regions import MAIN, Room, check_regions, fastest, regions, split
from tinykit.planner.uses import Uses
from tinykit.planner.weights import copied_bytes
from tinykit.resources import data_path

KIB = 1024


def memories(*sizes: int) -> list[dict[str, object]]:
    """Memories far apart; the first is the slowest."""
    return [
        {"name": f"M{n}", "address": f"{0x20000000 - 0x8000000 * n:#x}", "size": size, "kind": "ram", "wait_states": 3 - n}
        for n, size in enumerate(sizes)
    ]


@pytest.fixture
def twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    """A board of one's own with two memories, in the working directory's `boards/`."""
    monkeypatch.chdir(tmp_path)
    manifest = json.loads((data_path("boards") / "emu_m4.json").read_text())
    manifest["tinykit"]["memories"] = memories(16 * KIB, 6 * KIB)
    manifest["build"]["ldscript"] = "twin.ld"
    manifest["upload"]["maximum_ram_size"] = 22 * KIB
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "twin.json").write_text(json.dumps(manifest))
    return load_board("twin")


@settings(max_examples=200, deadline=None)
@given(items(), st.lists(st.integers(0, 100), min_size=1, max_size=3))
def test_what_is_split_stays_within_each_memory_and_nothing_meets(found: list[Item], sizes: list[int]) -> None:
    among = [Room(f"m{n}", 4 * size) for n, size in enumerate(sorted(sizes, reverse=True))]
    places = split(found, {}, among)
    if places is None:
        assert pack(found, quick=True)[1] > among[0].size, "what fits the first memory needs no other"
        return
    room = {r.region: r.size for r in among}
    assert places.keys() == {i.name for i in found}
    for n, a in enumerate(found):
        region, offset = places[a.name]
        assert offset + a.size <= room[region]
        for b in found[n + 1 :]:
            where, other = places[b.name]
            apart = where != region or offset + a.size <= other or other + b.size <= offset
            assert apart or not a.meets(b) or 0 in (a.size, b.size)


def test_the_fastest_memory_that_holds_it_is_taken() -> None:
    among = [Room(MAIN, 100, 2), Room("near", 40, 0), Room("far", 80, 5)]
    assert [fastest(size, among, dma=True) for size in (40, 41, 101)] == [among[1], among[0], None]


def test_an_input_lies_where_peripherals_reach() -> None:
    among = [Room(MAIN, 100, 2), Room("near", 60, 0, dma=False)]
    assert [fastest(40, among, dma=needed) for needed in (True, False)] == among
    found = [Item("t0", 50, 0, 1), Item("t1", 60, 0, 1)]
    places = split(found, {}, among, ["t0"])
    assert places is not None and (places["t0"][0], places["t1"][0]) == (MAIN, "near")
    assert split([Item("t0", 60, 0, 1), Item("t1", 60, 0, 1)], {}, among, ["t0", "t1"]) is None


def test_neighbouring_memories_are_one(twin: Board) -> None:
    assert [*regions(twin)] == [MAIN, "m1"]
    assert twin.ram.name == "M0" and twin.sram == 22 * KIB
    assert [*regions(load_board("stm32f746"))] == [MAIN]


def test_a_plan_too_large_for_one_memory_is_split_and_right(twin: Board, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(residual(20, 12, 1))
    report = pipeline.deploy("m.tflite", board="twin", scheme="layer")
    assert report.bit_exact and report.sram
    arenas = json.loads((Path(str(report.project)) / "plan.json").read_text())["arenas"]
    assert {arena["region"] for arena in arenas} == {MAIN, "m1"}
    assert report.sram.arena == sum(arena["size"] for arena in arenas), "the linker map agrees"


def test_a_small_arena_goes_to_the_faster_memory(twin: Board, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(convolutional(size=8))
    report = pipeline.deploy("m.tflite", board="twin")
    assert report.bit_exact and report.sram
    (arena,) = json.loads((Path(str(report.project)) / "plan.json").read_text())["arenas"]
    assert arena["region"] == "m1" and report.sram.arena == arena["size"]


@pytest.mark.parametrize(("board", "region", "compiler"), [("twin", "m1", "zig"), ("stm32f746", MAIN, "gcc")])
def test_weights_are_copied_to_the_fastest_memory_with_room(
    twin: Board, tmp_path: Path, board: str, region: str, compiler: str
) -> None:
    if compiler == "gcc" and not shutil.which("arm-none-eabi-gcc"):
        missing("arm-none-eabi-gcc is not installed")
    (tmp_path / "m.tflite").write_bytes(convolutional(size=8, channels=16))
    report = pipeline.deploy("m.tflite", board=board, weights="ram", compiler=compiler)
    assert report.bit_exact and report.sram and report.flash
    made = read_plan(Path(str(report.project)) / "plan.json")
    assert made.weights == region
    assert (report.sram.static or 0) >= copied_bytes(made, Uses(load(tmp_path / "m.tflite"), load_board(board).core)) > 16 * 27


def test_weights_that_no_memory_holds_are_told(twin: Board) -> None:
    graph = run_passes(parse(dense(200, 100), name="m", source="m.tflite"))
    with pytest.raises(DoesNotFit, match="the weights of"):
        plan(graph, twin, PlanOptions(weights="ram"))


def test_a_split_plan_keeps_the_rules_and_is_not_called_proven(twin: Board) -> None:
    graph = run_passes(parse(residual(20, 12, 1), name="m", source="m.tflite"))
    made = plan(graph, twin, PlanOptions(scheme="layer"))
    assert len(made.arenas) == 2 and not made.optimal
    check_plan(made, Uses(graph, twin.core))


def test_memories_the_board_has_not_or_not_enough_of_are_told(twin: Board) -> None:
    graph = run_passes(parse(convolutional(), name="m", source="m.tflite"))
    made = plan(graph, twin)
    elsewhere = replace(
        made,
        arenas=tuple(replace(a, region="m7") for a in made.arenas),
        buffers=tuple(replace(b, region="m7") for b in made.buffers),
    )
    with pytest.raises(InputError, match="'m7'"):
        check_regions(elsewhere, twin)
    with pytest.raises(DoesNotFit, match="m1"):
        check_regions(replace(made, arenas=(replace(made.arenas[0], size=7 * KIB),)), twin)


def test_what_no_memory_holds_in_any_way_is_refused_with_both_sizes(twin: Board) -> None:
    graph = run_passes(parse(convolutional(size=64, channels=64), name="m", source="m.tflite"))
    with pytest.raises(DoesNotFit, match="in one piece"):
        plan(graph, twin, PlanOptions(scheme="layer"))
