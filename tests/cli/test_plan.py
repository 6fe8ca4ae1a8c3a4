"""What `tinykit plan` and `tinykit profile` say, and what they refuse."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.models import convolutional


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net<b>&.tflite"
    path.write_bytes(convolutional(24, 16))
    return path


def test_the_frontier_falls_in_bytes_and_rises_in_instructions(shell: Shell, net: Path) -> None:
    result = shell("plan", net, "--board", "stm32f746", "--pareto", "--json")
    values = result.json
    arenas = [point["arena"] for point in values["pareto"]]
    instructions = [point["instructions"] for point in values["pareto"]]
    assert len(arenas) > 1
    assert arenas == sorted(set(arenas), reverse=True) and instructions == sorted(instructions)
    assert arenas[-1] >= values["plan"]["lower_bound"]
    assert sum(block["predicted"] for block in values["blocks"]) == values["instructions"]["predicted"]
    assert max(block["bytes"] for block in values["blocks"]) <= values["sram"]["arena"]


def test_repeated_work_keeps_to_its_limit(shell: Shell, net: Path) -> None:
    def smallest(*options: str) -> tuple[int, float]:
        values = shell("plan", net, "--board", "stm32f746", "--min-ram", "--json", *options).json
        return values["sram"]["arena"], values["plan"]["work_factor"]

    none, some, much = smallest(), smallest("--max-overhead", "5%"), smallest("--max-overhead", "400%")
    assert none[1] == 1 and some[1] <= 1.05
    assert none[0] >= some[0] >= much[0]


def test_work_is_repeated_where_nothing_else_fits(shell: Shell, shared_models: Path) -> None:
    net = shared_models / "ic_resnet8_int8.tflite"
    alone = shell("plan", net, "--board", "stm32f746", "--min-ram", "--json").json
    tight = shell("plan", net, "--board", "stm32f746", "--min-ram", "--json", "--sram", "12000").json
    assert alone["plan"]["work_factor"] == 1 and alone["sram"]["arena"] > 12000
    assert tight["plan"]["work_factor"] > 1 and tight["sram"]["arena"] <= 12000


@pytest.mark.parametrize("text", ["x", "-3%", "999999%"])
def test_an_overhead_that_is_none(shell: Shell, net: Path, text: str) -> None:
    result = shell("plan", net, "--board", "stm32f746", f"--max-overhead={text}")
    assert result.code == 2
    assert "not a percentage" in result.err


def test_every_board_is_asked(shell: Shell, net: Path) -> None:
    values = shell("plan", net, "--boards", "all", "--json").json
    rows = {row["board"]: row for row in values["boards"]}
    assert rows["disco_f746ng"]["fits"] and rows["disco_f746ng"]["sram"] > 0 and rows["disco_f746ng"]["flash"] > 0
    assert set(rows["emu_m0"]) == {"board", "fits", "sram", "flash", "instructions", "reason"}


def test_the_page_stands_alone_and_is_well_formed(shell: Shell, net: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert shell("plan", net, "--board", "stm32f746", "--html", page).code == 0
    text = page.read_text()
    assert not re.search(r"(src|href)=|url\(|<script", text)
    pictures = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
    titles = [title.text or "" for picture in pictures[:2] for title in picture.iter("title")]
    assert titles and all(re.search(r": [\d,]+ bytes at [\d,]+, steps? \d+", title) for title in titles)
    assert "<b>" not in text.replace("<body>", "")


def test_the_page_shows_where_patches_fall(shell: Shell, net: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert shell("plan", net, "--board", "stm32f746", "--min-ram", "--html", page).code == 0
    pictures = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page.read_text(), re.DOTALL)]
    seen = [title.text or "" for picture in pictures[2:] for title in picture.iter("title")]
    assert seen and all(re.fullmatch(r"rows \d+ to \d+, columns \d+ to \d+", title) for title in seen)


def test_an_edited_plan_is_checked(shell: Shell, net: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    shell("plan", net, "--board", "stm32f746", "--out", plan)
    assert shell("plan", "--check", plan).code == 0
    values = json.loads(plan.read_text())
    values["arenas"][0]["size"] -= 16
    plan.write_text(json.dumps(values))
    result = shell("plan", "--check", plan)
    assert result.code == 2
    assert len(result.err.strip().splitlines()) <= 2 and "leaves its region" in result.err


def test_a_streamed_input_is_never_whole(shell: Shell, net: Path) -> None:
    values = shell("plan", net, "--board", "stm32f746", "--stream-input", "--min-ram", "--json").json
    assert values["plan"]["stream_input"]
    assert values["sram"]["arena"] < 24 * 24 * 3
    stream = values["stream"]
    assert stream["rows"] == 24 and stream["worst"] <= stream["total"] <= 24 * stream["worst"]
    assert stream["period"] is stream["waiting"] is None


def test_a_row_period_tells_how_many_rows_wait(shell: Shell, net: Path) -> None:
    options = ("--board", "stm32f746", "--stream-input", "--json", "--row-period")
    slow, fast = (shell("plan", net, *options, period).json["stream"] for period in (10**9, 1))
    assert slow["waiting"] == 0 < fast["waiting"] <= 24
    assert shell("plan", net, "--board", "stm32f746", "--row-period", 1).code == 2


def test_a_profile_counts_every_step(shell: Shell, net: Path, tmp_path: Path) -> None:
    result = shell("profile", net, "--board", "emu_m4", "--scheme", "layer", "--json", "--out", tmp_path / "project")
    values = result.json
    assert result.code == 0
    assert [block["operators"] for block in values["blocks"]] == [["CONV_2D"], ["MEAN"], ["FULLY_CONNECTED"]]
    assert sum(block["measured"] for block in values["blocks"]) == values["instructions"]["measured"]
