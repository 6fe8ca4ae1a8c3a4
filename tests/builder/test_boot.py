"""Each board's start-up code, console, counter, reset and faults, in the simulator the board is for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builder.tiny import Console, make_project
from tinykit.boards import boards, load_board
from tinykit.builder import build
from tinykit.errors import TinykitError
from tinykit.targets.emulator import Emulator

# What another board of the same support code, or the same board in QEMU, shows as well.
ALIKE = {"nucleo_f746zg", "nucleo_f412zg", "mps2_an386", "mps2_an505", "emu_m4"}
EMULATED = [
    pytest.param(board.id, marks=[pytest.mark.slow] if board.id in ALIKE else [])
    for board in boards()
    if "emulator" in board.targets
]
IN_QEMU = [board.id for board in boards() if "qemu" in board.targets]
SPIN = 300_000


def compiler_for(board: str) -> str:
    """gcc, where it is installed, for some boards, zig for the others."""
    use_gcc = board in ("emu_m0", "emu_m33", "mps2_an500", "mps3_an547") and shutil.which("arm-none-eabi-gcc")
    return "gcc" if use_gcc else "zig"


@pytest.mark.parametrize("name", EMULATED)
def test_emulated_boards_boot_answer_count_and_fault(name: str, tmp_path: Path) -> None:
    board = make_project(name, tmp_path)
    firmware = build(tmp_path, compiler=compiler_for(name))
    emulator = Emulator(board, firmware)
    assert emulator.read(10) == f"hello from {name}\r\n".encode()
    emulator.write(b"d")
    assert emulator.read(10) == b"14\r\n"  # .data and .rodata are where they belong
    emulator.write(b"d")
    assert emulator.read(10) == b"15\r\n"
    with emulator.counting():
        emulator.write(b"c")
        thousandths = int(emulator.read(60))
    assert thousandths / 1000 == pytest.approx(4 * SPIN, rel=2e-3)
    emulator.write(b"r")
    assert emulator.read(10) == f"hello from {name}\r\n".encode()
    emulator.write(b"d")
    assert emulator.read(10) == b"14\r\n"  # .data is set up again

    with pytest.raises(TinykitError, match=r"0xdfff0000.* in main"):
        emulator.write(b"w")
        emulator.read(10)
    emulator = Emulator(board, firmware)
    emulator.read(10)
    with pytest.raises(TinykitError, match="stack"):
        emulator.write(b"s")
        emulator.read(10)


@pytest.mark.parametrize("name", IN_QEMU)
def test_qemu_boards_boot_answer_count_and_fault(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    tool(load_board(name).target("qemu")["system"])
    board = make_project(name, tmp_path)
    firmware = build(tmp_path, compiler=compiler_for(name))
    with Console(board, firmware.elf) as console:
        assert console.line() == f"hello from {name}"
        console.send("d")
        assert console.line() == "14"
        console.send("c")
        ticks = 62.5 if name == "microbit" else 1  # the firmware tells the part's cycles, and QEMU's nanosecond is an instruction
        assert int(console.line()) * ticks / 1000 == pytest.approx(4 * SPIN, rel=2e-3)
        console.send("r")
        assert console.line() == f"hello from {name}"
        console.send("d")
        assert console.line() == "14"
        console.send("s")
        fault = console.line()
    assert fault.startswith("tk-fault:")
    assert "stack overflow" in fault or "mcause=00000007" in fault  # a store access fault below the RAM
    with Console(board, firmware.elf) as console:
        console.line()
        console.send("w")
        if name != "mps3_an547":  # QEMU answers to any address there
            main = firmware.symbols["main"] & ~1
            words = dict(word.split("=") for word in console.line().split()[1:])
            assert main <= int(words["pc"], 16) < main + 4096


@pytest.mark.parametrize("name", ["mps2_an386", "riscv32_virt"])
def test_counters_go_on_where_the_hardware_wraps(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    """1,500,000,000 instructions: SysTick wraps each 671,088,640."""
    tool(load_board(name).target("qemu")["system"])
    board = make_project(name, tmp_path)
    with Console(board, build(tmp_path, compiler="zig").elf) as console:
        console.line()
        console.send("l")
        assert int(console.line()) / 1000 == pytest.approx(5000 * SPIN, rel=2e-3)
