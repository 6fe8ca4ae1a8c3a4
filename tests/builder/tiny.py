"""A project with the smallest of libraries, so that boards and builds can be tested without a model."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from tinykit import janitor
from tinykit.boards import Board, load_board
from tinykit.builder.project import write_build_files
from tinykit.renderer.project import PROJECT_SCHEMA

ARENA = 1000
WEIGHTS = 16

MAIN = r"""
#include "demo.h"
#include "tk_board.h"

static void print(const char *text)
{
    uint32_t length = 0;

    while (text[length] != '\0')
        length++;
    tk_console_write((const uint8_t *)text, length);
}

static void print_number(uint64_t value)
{
    char digits[21];
    unsigned at = 20;

    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + (unsigned)(value % 10u));
    while ((value /= 10u) != 0);
    print(&digits[at]);
}

/* 300,000 instructions and a few. */
static void spin(void)
{
    uint32_t n = 100000;

#ifdef __arm__
    __asm volatile(".syntax unified\n1: nop\nsubs %0, #1\nbne 1b" : "+l"(n) : : "cc");
#else
    __asm volatile("1: nop\naddi %0, %0, -1\nbnez %0, 1b" : "+r"(n));
#endif
}

/* Counts `spins` times and says by how many thousandths of an instruction, or that time went back. */
static void count(unsigned spins)
{
    const uint64_t start = tk_counter();
    uint64_t last = start;

    for (unsigned i = 0; i < spins; i++) {
        spin();
        const uint64_t now = tk_counter();
        if (now <= last || now - last > (now - start) / (i + 1) * 2)
            print("jump ");
        last = now;
    }
    print_number((last - start) * tk_counter_scale());
    print("\r\n");
}

static int deeper(volatile char *above, int left)
{
    volatile char frame[200];

    frame[0] = *above;
    return left == 0 ? 0 : deeper(frame, left - 1) + frame[0];
}

int main(void)
{
    tk_board_init();
    print("hello from " TK_BOARD "\r\n");
    for (;;) {
        volatile char none = 0;

        switch (tk_console_getc()) {
        case 'd': print_number((uint64_t)demo(16)); print("\r\n"); break;
        case 'c': count(4); break;
        case 'l': count(5000); break;
        case 'w': *(volatile uint32_t *)0xdfff0000u = 1; break;
        case 's': (void)deeper(&none, 100000); break;
        case 'r': tk_board_reset(); break;
        default: break;
        }
    }
}
"""

LIBRARY = """
#include "demo.h"

static int calls = 7;
static uint32_t unused_table[100];
int unused(int i);
int unused(int i) { return (int)unused_table[i]++; }

uint8_t demo_arena[ARENA] __attribute__((aligned(16)));
__attribute__((section(".rodata.tk_weights"))) const uint8_t demo_weights[16] = {1, 2, 3};

/* The sum of the first `n` weights and of how often it was called, starting at 8. */
int demo(int n)
{
    int sum = ++calls;

    for (int i = 0; i < n; i++) {
        demo_arena[i] = demo_weights[i & 15];
        sum += demo_arena[i];
    }
    return sum;
}
"""

HEADER = """
#include <stdint.h>

int demo(int n);
"""


def make_project(
    board: str, out: Path, *, arena: int = ARENA, library: str = LIBRARY, main: str = MAIN, compiler: str = "auto"
) -> Board:
    """Write the tiny project for `board` into `out`; `compiler` as platformio.ini has it."""
    found = load_board(board)
    for path, text in (
        ("src/main.c", main),
        ("lib/demo/src/demo.c", library.replace("ARENA", str(arena))),
        ("lib/demo/include/demo.h", HEADER),
        ("lib/demo/library.json", '{"name": "demo", "version": "0.1.0"}'),
        ("project.json", json.dumps({"schema": PROJECT_SCHEMA, "prefix": "demo", "board": found.id})),
    ):
        file = out / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    write_build_files(found, out, prefix="demo", compiler=compiler)
    return found


class Console:
    """The tiny firmware in QEMU, talking over its first UART."""

    def __init__(self, board: Board, elf: Path) -> None:
        qemu = board.target("qemu")
        command = [qemu["system"], "-M", qemu["machine"], "-nographic", "-monitor", "none", "-serial", "stdio"]
        command += ["-icount", "shift=0", "-kernel", str(elf)]
        if "riscv" in qemu["system"]:
            command += ["-bios", "none"]
        self._running = janitor.running(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
        )

    def __enter__(self) -> Console:
        self._process = self._running.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._running.__exit__(*error)

    def send(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())

    def line(self) -> str:
        """The next line that says something; QEMU's own words if it ends."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            line = self._process.stdout.readline()
            assert line, "QEMU has ended"
            if text := line.decode(errors="replace").strip():
                return text
        raise AssertionError("no line came")
