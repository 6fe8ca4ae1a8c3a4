"""Flashing tools, by stand-ins of their names: what they are called with, and what their failures are told as."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from tests.builder.tiny import make_project
from tests.targets.test_janitor import alive, eventually
from tinykit.boards import Board, load_board
from tinykit.builder import build
from tinykit.errors import InputError, ToolError
from tinykit.flashing import flash
from tinykit.projects import Project

Stand = Callable[..., None]


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    path = tmp_path / "a {b}" / "firmware.elf"
    path.parent.mkdir()
    path.write_bytes(b"\x7fELF and so on")
    return path


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """`stand_in("openocd", words, code)` puts a program of this name first on PATH; it notes its arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")

    def make(name: str, words: str = "", code: int = 0) -> None:
        program = folder / name
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\ncp "$3" {tmp_path}/image 2>&-\necho "{words}"\nexit {code}\n'
        )
        program.chmod(0o755)

    return make


def board(**upload: Any) -> Board:
    """The F746 with another `upload` section."""
    found = load_board("stm32f746")
    return replace(found, manifest={**found.manifest, "upload": upload})


OPENOCD = {"protocol": "openocd", "openocd_interface": "stlink", "openocd_target": "stm32f7x"}


def test_openocd_is_told_interface_part_and_a_path_it_can_read(elf: Path, stand_in: Stand, tmp_path: Path) -> None:
    stand_in("openocd")
    assert flash(board(**OPENOCD), elf) == "OpenOCD"
    called = (tmp_path / "called").read_text().splitlines()
    assert called[:4] == ["-f", "interface/stlink.cfg", "-f", "target/stm32f7x.cfg"]
    assert called[-1].startswith("program {") and called[-1].endswith("firmware.elf} verify reset exit")
    assert called[-1].count("{") == 1


def test_openocd_speaks_swd_to_other_probes_and_takes_a_boards_own_file(elf: Path, stand_in: Stand, tmp_path: Path) -> None:
    stand_in("openocd")
    flash(load_board("nrf52840_dk"), elf, "openocd")
    called = (tmp_path / "called").read_text().splitlines()
    assert called[:6] == ["-f", "interface/jlink.cfg", "-c", "transport select swd", "-f", "target/nrf52.cfg"]
    flash(load_board("hifive1"), elf)
    assert (tmp_path / "called").read_text().splitlines()[:2] == ["-f", "board/sifive-hifive1.cfg"]


def test_st_flash_gets_the_flashs_bytes(stand_in: Stand, tmp_path: Path) -> None:
    stand_in("st-flash")
    found = make_project("stm32f746", tmp_path / "project", compiler="zig")
    firmware = build(tmp_path / "project", compiler="zig")
    assert flash(board(protocol="stlink"), firmware.elf) == "st-flash"
    called = (tmp_path / "called").read_text().splitlines()
    assert (called[:2], called[-1]) == (["--reset", "write"], "0x08000000")
    image = (tmp_path / "image").read_bytes()
    assert int.from_bytes(image[:4], "little") == firmware.symbols["tk_stack_top"]  # the vectors come first
    with firmware.elf.open("rb") as file:
        for segment in ELFFile(file).iter_segments("PT_LOAD"):
            at = segment["p_paddr"] - found.flash_memory.address
            if segment["p_filesz"]:
                assert image[at : at + segment["p_filesz"]] == segment.data()


@pytest.mark.parametrize(
    ("known", "given"),
    [
        (["nrf52", "nrf52840"], "nrf52840"),
        (["stm32f746zgtx", "nrf52840xxaa"], "nrf52840xxaa"),  # a pack's name says the package, too
        (["nrf51"], "nrf52840"),
        (None, "nrf52840"),
    ],
)
def test_pyocd_is_run_as_a_module(
    known: list[str] | None, given: str, elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "modules" / "pyocd"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    note = tmp_path / "called"
    targets = json.dumps({"targets": [{"name": name} for name in known]}) if known else "what?"
    (package / "__main__.py").write_text(
        f"import json, sys\nif sys.argv[1] == 'json':\n    print({targets!r})\n"
        f"else:\n    open({str(note)!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.syspath_prepend(package.parent)
    assert flash(board(protocol="pyocd", pyocd_target="nrf52840"), elf) == "pyOCD"
    assert json.loads(note.read_text())[:-1] == ["load", "--no-wait", "-t", given]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Error: open failed", "no board is connected"),
        ("LIBUSB_ERROR_ACCESS", "you may not use its debug probe"),
        ("Error: LIBUSB_ERROR_BUSY", "another program uses its debug probe"),
        ("NoBackendError: no libusb", "the driver of its debug probe is missing"),
        ("Error: Can't find target/stm32f7x.cfg", "OpenOCD has no configuration for it"),
        ("Error: flash write failed", "OpenOCD failed: Error: flash write failed"),
        ("", "it said nothing"),
    ],
)
def test_failures_are_told_in_one_sentence(elf: Path, stand_in: Stand, words: str, told: str) -> None:
    stand_in("openocd", words, 1)
    with pytest.raises(ToolError, match=told) as caught:
        flash(board(**OPENOCD), elf)
    assert caught.value.exit_code == 4 and "\n" not in caught.value.message and caught.value.hint


def test_a_tool_that_never_ends_is_ended(elf: Path, stand_in: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in("openocd")
    program = f"#!/bin/sh\nsleep 100 & echo $! > {tmp_path}/pid\nwait\n"
    (tmp_path / "bin" / "openocd").write_text(program)
    monkeypatch.setattr("tinykit.flashing._SECONDS", 1.0)
    with pytest.raises(ToolError, match="OpenOCD did not finish in 1 s"):
        flash(board(**OPENOCD), elf)
    assert eventually(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_another_tool_takes_the_place_of_one_that_is_missing(elf: Path, stand_in: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(elf.parent))
    with pytest.raises(ToolError, match=r"OpenOCD, which flashes .*, is not installed") as caught:
        flash(board(**OPENOCD, protocols=["openocd", "stlink"]), elf)
    assert caught.value.hint == "apt install openocd"
    with pytest.raises(ToolError, match="st-flash, which flashes"):
        flash(board(**OPENOCD, protocols=["openocd", "stlink"]), elf, "stlink")
    monkeypatch.undo()
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("tinykit.janitor.run", lambda command, **_: SimpleNamespace(returncode=0, stdout=str(command), stderr=""))
    assert flash(board(**OPENOCD, pyocd_target="stm32f746ng"), elf) == "pyOCD"


def test_boards_that_cannot_be_flashed(elf: Path) -> None:
    with pytest.raises(InputError, match="emu_m4 is no board that can be flashed"):
        flash(load_board("emu_m4"), elf)
    with pytest.raises(InputError, match="cannot be flashed with pyocd") as caught:
        flash(board(**OPENOCD), elf, "pyocd")
    assert "enough for openocd" in caught.value.hint
    with pytest.raises(InputError, match=r"none.elf is not there"):
        flash(board(**OPENOCD), Path("none.elf"))


def test_a_project_knows_its_firmware() -> None:
    found = load_board("stm32f746")
    assert Project(Path("p"), "net", found).elf == Path("p/.pio/build") / found.id / "firmware.elf"
