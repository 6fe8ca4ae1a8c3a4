"""The RP2040's second boot stage: its words are the assembly in their comments, and the boot ROM accepts it."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.builder.tiny import make_project
from tinykit.builder import build
from tinykit.resources import data_path
from tinykit.targets.devices import check_boot_sector
from tinykit.targets.emulator import Emulator
from tinykit.targets.errors import TargetError

SOURCE = data_path("firmware_templates") / "support" / "rp2040" / "tk_boot2.c"
WORDS = re.findall(r"^    0x([0-9a-f]{8})u, /\* (.*) \*/$", SOURCE.read_text(), re.MULTILINE)
CRC = int(re.findall(r"\[63\] = 0x([0-9a-f]{8})u", SOURCE.read_text())[0], 16)


def assembled(folder: Path) -> bytes:
    """The bytes of the assembly in the comments, by zig's assembler."""
    lines, data = [], []
    for word, comment in WORDS:
        if label := re.match(r"(\w+): ", comment):
            data.append(f"{label[1]}: .word 0x{word}")
            continue
        for part in comment.split("; "):
            text = re.sub(r" \([^)]*\)", "", part)
            if text != lines[-1:] and not (text == "msr msp, r1" and text in lines):  # told twice: it has two halves
                lines.append(text)
    source = folder / "boot2.s"
    source.write_text("\n".join([".syntax unified", ".thumb", *lines, ".balign 4", *data, ""]))
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0plus", "-c"]
    subprocess.run([*command, str(source), "-o", str(folder / "boot2.o")], check=True, capture_output=True)
    with (folder / "boot2.o").open("rb") as file:
        return bytes(ELFFile(file).get_section_by_name(".text").data())


def test_its_words_are_the_assembly_beside_them(tmp_path: Path) -> None:
    assert assembled(tmp_path) == b"".join(struct.pack("<I", int(word, 16)) for word, _ in WORDS)


def test_its_crc_is_what_the_boot_rom_computes() -> None:
    sector = struct.pack("<64I", *(int(word, 16) for word, _ in WORDS), *[0] * (63 - len(WORDS)), CRC)
    check_boot_sector(sector, "pico")
    with pytest.raises(TargetError, match="CRC"):
        check_boot_sector(b"\1" + sector[1:], "pico")


def test_the_emulator_starts_a_pico_as_its_boot_rom_does(tmp_path: Path) -> None:
    board = make_project("pico", tmp_path)
    source = tmp_path / "src" / "board" / "tk_boot2.c"
    source.write_text(source.read_text().replace("0x21046099u", "0x21046098u"))
    with pytest.raises(TargetError, match="boot ROM of pico would not start"):
        Emulator(board, build(tmp_path, compiler="zig"))
