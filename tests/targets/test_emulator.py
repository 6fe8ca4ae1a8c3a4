"""What firmware does that it must not: each is reported in one sentence with address and function, and ends the run."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.builder.tiny import make_project
from tinykit.boards import Board
from tinykit.builder import build
from tinykit.builder.firmware import Firmware
from tinykit.targets.emulator import Emulator
from tinykit.targets.errors import TargetError

BOARD = "stm32f746"
END_OF_RAM = 0x20050000
UNTOUCHED = 0x40012000  # an ADC the start-up code has no business with

MAIN = r"""
#include "demo.h"
#include "tk_board.h"

int bad_write(uint32_t at);
int bad_read(uint32_t at);
int bad_jump(uint32_t at);
int too_deep(volatile char *above, int left);
int endless(void);
int trap(void);

int bad_write(uint32_t at) { *(volatile uint32_t *)at = 1; return 1; }
int bad_read(uint32_t at) { return *(volatile char *)at; }
int bad_jump(uint32_t at) { return ((int (*)(void))(at | 1))() + 1; }
int trap(void) { __asm volatile("udf #0"); return 1; }

int endless(void)
{
    for (volatile int i = 0;; i++) {
    }
}

int too_deep(volatile char *above, int left)
{
    volatile char frame[200];

    frame[0] = *above;
    return left == 0 ? 0 : too_deep(frame, left - 1) + frame[0];
}

static volatile int result;

int main(void)
{
    tk_board_init();
    for (;;) {
        volatile char none = 0;

        switch (tk_console_getc()) {
        case 'w': result = bad_write(0x20050000u); break;
        case 'r': result = bad_read(0x40012000u); break;
        case 'f': result = bad_write(0x08000000u); break;
        case 'j': result = bad_jump(0x60000000u); break;
        case 's': result = too_deep(&none, 100000); break;
        case 'e': result = endless(); break;
        case 'u': result = trap(); break;
        default: break;
        }
    }
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Board, Firmware]:
    folder: Path = tmp_path_factory.mktemp("emulator")
    main = MAIN.replace("\nint ", "\n__attribute__((noinline)) int ").replace("__attribute__((noinline)) int main", "int main")
    board = make_project(BOARD, folder, main=main)
    return board, build(folder)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("w", ["writes at 0x20050000", "in bad_write", "outside the memory of disco_f746ng"]),
        ("r", ["reads at 0x40012000", "in bad_read", "outside the memory of disco_f746ng"]),
        ("f", ["writes read-only memory at 0x08000000", "in bad_write"]),
        ("j", ["jumps to 0x60000000, outside the memory", "from bad_jump"]),
        ("s", ["overflows its stack", "in too_deep"]),
        ("u", ["faults", "in trap"]),
        ("e", ["hangs", "in endless", "0.5 s"]),
    ],
)
def test_what_is_forbidden_is_told_with_address_and_function(
    built: tuple[Board, Firmware], command: str, words: list[str]
) -> None:
    emulator = Emulator(*built, limit=0.5)
    assert emulator.read(1) == b""
    emulator.write(command.encode())
    with pytest.raises(TargetError) as caught:
        emulator.read(1)
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.message
    for word in words:
        assert word in caught.value.message


def test_ctrl_c_is_heard_while_the_firmware_computes(built: tuple[Board, Firmware]) -> None:
    emulator = Emulator(*built, limit=60.0)
    emulator.write(b"e")
    begun = time.monotonic()
    timer = threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        emulator.read(60)
    assert time.monotonic() - begun < 20


def test_the_last_byte_of_memory_is_the_firmwares_own(tmp_path: Path) -> None:
    board = make_project(BOARD, tmp_path, main=MAIN.replace("0x20050000u", "0x2004fffcu"))
    emulator = Emulator(board, build(tmp_path))
    emulator.write(b"w")
    assert emulator.read(1) == b""
