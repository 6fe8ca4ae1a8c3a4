"""What Renode runs of a project: the part's true memories, its registers, and nothing else. Renode itself runs it where it is."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.builder.tiny import make_project
from tests.conftest import ROOT
from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import Board, boards
from tinykit.boards.values import as_number
from tinykit.builder.renode import renode_data
from tinykit.targets.devices import Registers

BOARDS = [board.id for board in boards() if "renode" in board.targets]
ENTRY = re.compile(r"^(\w+): ([\w.]+) @ (.+)\n((?:    .*\n|(?<='''\n)[^ ].*\n)*)", re.MULTILINE)
MODELS = {"cortex-m4": "CPU.CortexM", "cortex-m7": "CPU.CortexM", "rv32imac": "CPU.RiscV32"}


@pytest.fixture(scope="module", params=BOARDS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Board, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    return make_project(request.param, folder), folder


def platform(folder: Path) -> str:
    return (folder / "renode" / "board.repl").read_text()


def entries(text: str) -> dict[str, tuple[str, str, str]]:
    """Model, place and properties of each device by its name."""
    return {match[1]: (match[2], match[3], match[4]) for match in ENTRY.finditer(text)}


def test_every_board_that_renode_models_has_the_target() -> None:
    assert {"disco_f746ng", "disco_f407vg", "nucleo_f412zg", "nrf52840_dk", "hifive1", "nucleo_h743zi"} <= set(BOARDS)


def test_memories_are_the_parts_own(project: tuple[Board, Path]) -> None:
    board, folder = project
    found = {}
    for model, place, properties in entries(platform(folder)).values():
        if model == "Memory.MappedMemory":
            size = int(properties.split("size: ")[1].split()[0], 16)
            found |= {int(address, 16): size for address in re.findall(r"sysbus (0x[0-9a-fA-F]+)", place)}
    expected = {m.address: m.size for m in (board.flash_memory, *board.memories)}
    if alias := board.manifest["tinykit"]["flash"].get("alias"):
        expected[int(alias, 16)] = board.flash
    assert found == expected


def test_core_console_and_counter_are_there(project: tuple[Board, Path]) -> None:
    board, folder = project
    devices = entries(platform(folder))
    hertz = int(board.manifest["build"]["f_cpu"].rstrip("L"))
    assert devices["cpu"][0] == MODELS[board.core.name]
    core = "cortex-m4f" if board.core.name == "cortex-m4" else board.core.name  # Renode's plain Cortex-M4 has no FPU
    assert f'cpuType: "{core}' in devices["cpu"][2]
    assert f"PerformanceInMips: {hertz // 1_000_000}\n" in devices["cpu"][2]
    address = as_number(renode_data(board)["uart"]["address"])
    assert f"{address:#x}" in devices["uart"][1].lower()
    if board.core.name.startswith("cortex"):
        assert devices["dwt"] == ("Miscellaneous.DWT", "sysbus 0xE0001000", f"    frequency: {hertz}\n")
        assert devices["nvic"][1] == "sysbus 0xE000E000"


def test_registers_answer_as_in_the_emulator(project: tuple[Board, Path]) -> None:
    board, folder = project
    data = renode_data(board)
    ours = Registers(data.get("bits", []), data.get("reset", {}))
    rng = random.Random(1)
    pages = re.findall(r"PythonPeripheral @ sysbus (0x[0-9A-F]+)\n.*?script: '''\n(.*?)'''", platform(folder), re.DOTALL)
    assert len(pages) >= 3
    touched = {as_number(rule[key]) for rule in data.get("bits", []) for key in ("address", "from")}
    touched |= {as_number(address) for address in data.get("reset", {})}
    for start, script in pages:
        code, page = compile(script, start, "exec"), int(start, 16)
        scope: dict[str, Any] = {}

        def ask(kind: str, offset: int = 0, value: int = 0, code: Any = code, scope: dict[str, Any] = scope) -> int:
            kinds = {name: name == kind for name in ("IsInit", "IsRead", "IsWrite")}
            scope["request"] = SimpleNamespace(**kinds, Offset=offset, Value=value)
            exec(code, scope)
            answer: int = scope["request"].Value
            return answer

        ask("IsInit")
        offsets = sorted({address - page for address in touched if page <= address < page + 0x1000} | {0x10})
        for _ in range(200):
            offset, value = rng.choice(offsets), rng.getrandbits(32)
            assert ask("IsRead", offset) == ours.load(page + offset)
            ask("IsWrite", offset, value)
            ours.store(page + offset, value)


def test_script_and_robot_test_run_this_firmware(project: tuple[Board, Path]) -> None:
    board, folder = project
    script = (folder / "renode" / "firmware.resc").read_text()
    assert f'mach create "{board.id}"' in script
    assert "machine LoadPlatformDescription $ORIGIN/board.repl" in script
    assert f"$ORIGIN/../.pio/build/{board.id}/firmware.elf" in script
    assert ("VectorTableOffset" in script) == board.core.name.startswith("cortex")
    robot = (folder / "renode" / "firmware.robot").read_text()
    assert 'CreateServerSocketTerminal ${PORT} "console" false' in robot  # anything else speaks telnet
    assert "Should Not Be In Log    non existing peripheral" in robot
    assert "--target    serial:socket://127.0.0.1:${PORT}    --no-flash" in robot
    for line in robot.partition("*** Test Cases ***")[2].splitlines():
        assert not line or not line.startswith(" ") or line.startswith("    "), line
    workflow = (folder / ".github" / "workflows" / "renode.yml").read_text()
    assert "antmicro/renode-test-action@" in workflow and "tests-to-run: renode/firmware.robot" in workflow
    assert "renode-revision: v1.16.1" in workflow
    # By its name alone the package index would give another project.
    assert re.findall("pip install (.*)", workflow) == ['"tinykit @ ${{ vars.TINYKIT }}"']


def test_this_repositorys_workflow_deploys_three_models_that_ship_with_it_on_boards_that_renode_has() -> None:
    pairs = re.findall(r"(\w+):(\w+)(?=[ ;])", (ROOT / ".github" / "workflows" / "renode.yml").read_text())
    assert len({model for model, _ in pairs}) >= 3
    assert {board for _, board in pairs} <= set(BOARDS)
    assert all((ROOT / "models" / model / "model.py").is_file() for model, _ in pairs)


@pytest.mark.parametrize("name", BOARDS)
def test_renode_runs_it_where_it_is_installed(name: str, tmp_path: Path) -> None:
    if shutil.which("renode") is None:
        pytest.skip("renode is not installed; .github/workflows/renode.yml has it")
    (tmp_path / "net.tflite").write_bytes(convolutional())
    report = pipeline.deploy(tmp_path / "net.tflite", board=name, target="renode", out=tmp_path / "project")
    assert report.bit_exact
