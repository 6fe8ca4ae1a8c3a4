"""Numbers of the manifests of real STM32 parts against the parts: addresses and bits as the vendor's device headers (CMSIS) have
them, clocks as the start-up code makes them, limits as the data sheets state them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tinykit.boards import load_board
from tinykit.boards.values import as_number

# Family: the address of GPIOA, and the register that enables ports (bit 0 is that of port A).
FAMILIES = {
    "stm32f4": (0x40020000, 0x40023830),
    "stm32f7": (0x40020000, 0x40023830),
    "stm32l4": (0x48000000, 0x4002104C),
    "stm32h7": (0x58020000, 0x580244E0),
}
# Console by board: the peripheral's address, its enable register and bit, TX and RX pin with their alternate function, the clock.
CONSOLES = {
    "disco_f407vg": (0x40004400, 0x40023840, 17, "PA2", "PA3", 7, 42_000_000),  # USART2, APB1
    "nucleo_f412zg": (0x40004800, 0x40023840, 18, "PD8", "PD9", 7, 50_000_000),  # USART3, APB1
    "disco_f746ng": (0x40011000, 0x40023844, 4, "PA9", "PB7", 7, 108_000_000),  # USART1, APB2
    "nucleo_f746zg": (0x40004800, 0x40023840, 18, "PD8", "PD9", 7, 54_000_000),  # USART3, APB1
    "nucleo_h743zi": (0x40004800, 0x580244E8, 18, "PD8", "PD9", 7, 100_000_000),  # USART3, APB1L
    "nucleo_l4r5zi": (0x40008000, 0x4002105C, 0, "PG7", "PG8", 8, 120_000_000),  # LPUART1, APB1
}
# Part: MHz with a wait state of the flash more each at 2.7 V and above, the fastest APB1, what VOS must hold, SRAM in KiB.
F4 = {"disco_f407vg": (30, 42, 0x4000, 128 + 64), "nucleo_f412zg": (30, 50, 0xC000, 256)}
MEMORIES = {"disco_f746ng": 320 + 16, "nucleo_f746zg": 320 + 16, "nucleo_h743zi": 1024 - 32 + 64, "nucleo_l4r5zi": 640}


def config(board: str) -> dict[str, int]:
    values: dict[str, Any] = load_board(board).manifest["tinykit"]["config"]
    return {name: as_number(value) for name, value in values.items()}


@pytest.mark.parametrize("board", CONSOLES)
def test_the_console_is_the_peripheral_that_the_pins_lead_to(board: str) -> None:
    numbers, support = config(board), load_board(board).manifest["tinykit"]["support"]
    (family,) = set(support) & set(FAMILIES)
    gpio, enable = FAMILIES[family]
    address, register, bit, tx, rx, function, hertz = CONSOLES[board]
    assert (numbers["TK_UART"], numbers["TK_UART_ENABLE"], numbers["TK_UART_ENABLE_BITS"]) == (address, register, 1 << bit)
    assert numbers["TK_UART_HZ"] == hertz
    assert numbers["TK_GPIO_ENABLE"] == enable
    ports = 0
    for side, name in (("TX", tx), ("RX", rx)):
        port = ord(name[1]) - ord("A")
        ports |= 1 << port
        assert numbers[f"TK_{side}_PORT"] == gpio + 0x400 * port
        assert numbers[f"TK_{side}_PIN"] == int(name[2:])
        assert numbers[f"TK_{side}_FUNCTION"] == function
    assert numbers["TK_GPIO_ENABLE_BITS"] == ports


@pytest.mark.parametrize("board", F4)
def test_the_f4s_clocks_keep_their_limits(board: str) -> None:
    numbers = config(board)
    step, apb1, scale, sram = F4[board]
    vco = numbers["TK_PLL_N"]  # from 1 MHz
    clock = vco // 2
    assert 100 <= vco <= 432
    assert clock * 1_000_000 == numbers["TK_CLOCK_HZ"]
    assert vco / numbers["TK_PLL_Q"] <= 48
    assert numbers["TK_FLASH_WAIT"] == -(-clock // step) - 1
    assert numbers["TK_PWR_VOS"] == scale

    def divider(code: int) -> int:
        return 1 if code < 4 else 1 << code - 3

    assert clock / divider(numbers["TK_PPRE1"]) == apb1 == numbers["TK_UART_HZ"] / 1_000_000
    assert clock / divider(numbers["TK_PPRE2"]) <= 2 * apb1
    assert sum(memory.size for memory in load_board(board).memories) == sram * 1024


@pytest.mark.parametrize("board", MEMORIES)
def test_memories_add_up_to_what_the_part_has(board: str) -> None:
    assert sum(memory.size for memory in load_board(board).memories) == MEMORIES[board] * 1024


def test_the_rp2040s_uart_leaves_reset_when_it_has_a_clock() -> None:
    """Its reset is only done where its clock runs; no simulator here knows."""
    source = (ROOT / "firmware_templates" / "support" / "rp2040" / "tk_board.c").read_text()
    clocked = source.index("CLK_PERI_CTRL = PERI_ENABLE;")
    assert [match.start() > clocked for match in re.finditer(r"out_of_reset\(UART0\)", source)] == [True]
    assert "UART0" not in re.findall(r"#define USED \((.*)\)", source)[0].split(" | ")
