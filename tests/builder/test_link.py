"""The linker script and the settings that are rendered from a manifest."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.builder.tiny import LIBRARY, WEIGHTS, make_project
from tinykit.boards import boards, load_board
from tinykit.builder import build
from tinykit.builder.project import write_build_files


@pytest.mark.parametrize("name", [board.id for board in boards()])
def test_the_linker_script_has_the_boards_memories(name: str, tmp_path: Path) -> None:
    board = load_board(name)
    write_build_files(board, tmp_path, prefix="demo", stack=6000)
    text = (tmp_path / "ld" / f"{name}.ld").read_text()
    regions = {
        region: (int(start, 16), int(size))
        for region, start, size in re.findall(r"^    (FLASH|RAM) .*ORIGIN = (0x\w+), LENGTH = (\d+)", text, re.MULTILINE)
    }
    assert regions == {
        "FLASH": (board.flash_memory.address, board.flash),
        "RAM": (board.ram.address, board.ram.size),
    }
    assert "TK_STACK_BYTES = 6000;" in text


def test_the_settings_are_what_platformio_needs(tmp_path: Path) -> None:
    write_build_files(load_board("stm32f746"), tmp_path, prefix="demo", compiler="zig", optimize="size")
    ini = configparser.ConfigParser()
    ini.read(tmp_path / "platformio.ini")
    env = ini["env:disco_f746ng"]
    assert (env["custom_compiler"], env["custom_optimize"]) == ("zig", "size")
    assert env["test_framework"] == "custom"  # any other is asked for at PlatformIO's registry
    assert (tmp_path / "boards" / "disco_f746ng.json").is_file()


def test_the_stack_lies_lowest_and_constants_have_sections_of_their_own(compiler: str, tmp_path: Path) -> None:
    board = make_project("stm32f746", tmp_path)
    firmware = build(tmp_path, compiler=compiler)
    low, top = firmware.symbols["tk_stack_low"], firmware.symbols["tk_stack_top"]
    assert (low, top) == (board.ram.address, board.ram.address + 4096)
    with firmware.elf.open("rb") as file:
        elf = ELFFile(file)
        sections = {s.name: s for s in elf.iter_sections() if s["sh_flags"] & 2 and s["sh_size"]}
        assert sections[".tk_weights"]["sh_size"] == WEIGHTS
        assert firmware.symbols["demo_weights"] == sections[".tk_weights"]["sh_addr"]
        assert sections[".bss"]["sh_addr"] >= top and sections[".bss"]["sh_type"] == "SHT_NOBITS"
        assert sections[".data"]["sh_addr"] >= top
        stored = [s for s in elf.iter_segments() if s["p_type"] == "PT_LOAD" and s["p_filesz"]]
        for segment in stored:
            assert board.flash_memory.address <= segment["p_paddr"] < board.flash_memory.end
            assert segment["p_filesz"] < 16 * 1024  # neither stack nor arena takes flash
        vectors = next(s for s in stored if s["p_paddr"] == board.flash_memory.address).data()
        assert int.from_bytes(vectors[:4], "little") == top
        assert int.from_bytes(vectors[4:8], "little") & 1


def test_a_full_memory_is_used_to_its_last_bytes(compiler: str, tmp_path: Path) -> None:
    """What the board has, less stack, guards, registers of a fault and little else, is the arena's."""
    board = load_board("stm32f746")
    arena = board.sram - 4096 - 176
    make_project("stm32f746", tmp_path, arena=arena, library=LIBRARY)
    assert build(tmp_path, compiler=compiler).arena == arena
