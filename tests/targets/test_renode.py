"""Renode is started, reached over a socket, complains in its log, and ends with the run; here a stand-in takes its place."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import load_board
from tinykit.builder import build
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.targets.renode import RenodeTarget

BOARD = "disco_f746ng"
# It takes the commands as Renode does and serves our own emulator on the socket.
STAND_IN = """#!{python}
import os, re, socket, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tinykit.boards import load_board
from tinykit.builder.firmware import read_firmware
from tinykit.targets.emulator import Emulator

commands = [sys.argv[i + 1] for i, word in enumerate(sys.argv) if word == "-e"]
elf, script, terminal, connect, start = commands
print({words!r}, flush=True)
assert elf.startswith("$elf=@") and script.startswith("include @") and start == "start"
assert Path(script[9:]).is_file()
port = int(re.fullmatch(r'emulation CreateServerSocketTerminal (\\d+) "console" false', terminal)[1])
emulator = Emulator(load_board({board!r}), read_firmware(Path(elf[6:]), "net"))
connection, _ = socket.create_server(("127.0.0.1", port)).accept()
while True:
    if sent := emulator.read(1):
        connection.sendall(sent)
    data = connection.recv(4096)
    if not data:
        break
    emulator.write(data)
"""


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> tuple[Firmware, Path]:
    folder = tmp_path_factory.mktemp("renode")
    (folder / "net.tflite").write_bytes(convolutional())
    pipeline.plan(folder / "net.tflite", board=BOARD, out=folder / "plan.json")
    pipeline.render(folder / "plan.json", out=folder / "project")
    return build(folder / "project"), folder / "project"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    program = folder / "bin" / "renode"
    program.parent.mkdir()
    program.write_text(STAND_IN.format(python=sys.executable, root=str(ROOT), words=words, board=BOARD))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def run(firmware: tuple[Firmware, Path]) -> int:
    with RenodeTarget(load_board(BOARD), *firmware) as device:
        return device.info.blocks


def test_a_firmware_is_reached_through_renodes_socket(
    firmware: tuple[Firmware, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "Renode, version 1.16.1")
    assert run(firmware) > 0


@pytest.mark.parametrize(
    "complaint",
    [
        "[WARNING] sysbus: ReadDoubleWord from non existing peripheral at 0x20050000.",
        "There was an error executing command 'include @x'",
        "[ERROR] cpu: CPU abort [PC=0x0]: Trying to execute code outside RAM or ROM at 0x00000000.",
        "Error E07: Undeclared variable 'nvic'",
    ],
)
def test_what_renode_complains_of_fails_the_run(
    firmware: tuple[Firmware, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str
) -> None:
    stand_in(tmp_path, monkeypatch, complaint)
    with pytest.raises(ToolError) as caught:
        run(firmware)
    assert caught.value.exit_code == 4
    assert complaint[-30:] in caught.value.message


def test_where_to_get_renode_is_told(firmware: tuple[Firmware, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="renode is not installed") as caught:
        run(firmware)
    assert "github.com/renode/renode/releases" in caught.value.hint
