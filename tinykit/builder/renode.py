"""The part of a project that Renode runs: platform description, script and test, from what the board's manifest says.

Renode's own platforms are not taken: their memories are rounded up, so that what overflows goes unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment

from tinykit.boards import Board
from tinykit.boards.values import as_number
from tinykit.version import VERSION

RENODE = "1.16.1"
_PAGE = 0x1000
_SYSTEM_CONTROL = 0xE000E000


@dataclass(frozen=True)
class _Uart:
    model: str
    place: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Bank:
    name: str
    place: str
    size: int


@dataclass(frozen=True)
class _Registers:
    address: int
    rules: dict[int, list[tuple[int, int, int, int]]]
    reset: dict[int, int]


def renode_files(board: Board, prefix: str, env: Environment) -> dict[str, str]:
    """The texts of a project's files for Renode by their paths; none where the board's manifest has no target `renode`."""
    if "renode" not in board.targets:
        return {}
    data = renode_data(board)
    hz = int(board.manifest["build"]["f_cpu"].rstrip("L"))
    values = {
        "board": board,
        "prefix": prefix,
        "version": VERSION,
        "renode": RENODE,
        "arm": data["cpu"].startswith("cortex"),
        "cpu": _cpu(data["cpu"], board),
        "hz": hz,
        "mips": max(hz // 1_000_000, 1),
        "flash": board.flash_memory.address,
        "memories": _banks(board),
        "uart": _uart(data["uart"], board),
        "pages": _pages(data),
    }
    return {
        path: env.get_template(template).render(values)
        for path, template in (
            ("renode/board.repl", "board.repl.j2"),
            ("renode/firmware.resc", "firmware.resc.j2"),
            ("renode/firmware.robot", "firmware.robot.j2"),
            (".github/workflows/renode.yml", "workflow.yml.j2"),
        )
    }


def renode_data(board: Board) -> dict[str, Any]:
    """What the manifest says of the board's devices: under `renode`, and for the rest as to the emulator."""
    emulator = board.target("emulator") if "emulator" in board.targets else {}
    return {**emulator, **board.target("renode")}


def _cpu(name: str, board: Board) -> str:
    """The core as Renode calls it: its Cortex-M4 has no FPU, its Cortex-M4F has."""
    return "cortex-m4f" if name == "cortex-m4" and "-mfloat-abi=hard" in board.manifest["tinykit"]["gcc"] else name


def _banks(board: Board) -> list[_Bank]:
    flash = board.flash_memory
    alias = board.manifest["tinykit"]["flash"].get("alias")
    place = f"sysbus {flash.address:#x}"
    banks = [_Bank("flash", f"{{ {place}; sysbus {as_number(alias):#x} }}" if alias else place, flash.size)]
    for number, memory in enumerate(board.memories):
        banks.append(_Bank(f"ram{number}_{memory.region}", f"sysbus {memory.address:#x}", memory.size))
    return banks


def _uart(uart: Mapping[str, str], board: Board) -> _Uart:
    place, config = uart["address"], board.manifest["tinykit"].get("config", {})
    frequency = f"frequency: {config.get('TK_UART_HZ', 0)}"
    low_power = ("lowPowerMode: true",) if config.get("TK_LPUART") else ()
    return {
        "stm32": _Uart("UART.STM32F7_USART", place, (frequency, *low_power)),
        "stm32v1": _Uart("UART.STM32_UART", f"<{place}, +0x100>"),
        "nrf_uarte": _Uart("UART.NRF52840_UART", place, ("easyDMA: true",)),
        "sifive": _Uart("UART.SiFive_UART", place),
    }[uart["type"]]


def _pages(data: Mapping[str, Any]) -> list[_Registers]:
    """Each page of registers with the rules and reset values that lie in it."""
    pages = []
    for address in sorted({as_number(page) & -_PAGE for page in data.get("devices", [])} - {_SYSTEM_CONTROL}):
        rules: dict[int, list[tuple[int, int, int, int]]] = {}
        for rule in data.get("bits", []):
            if as_number(rule["address"]) & -_PAGE == address:
                source, inverted = as_number(rule["from"]) - address, int(rule.get("inverted", False))
                entries = rules.setdefault(as_number(rule["address"]) - address, [])
                entries += [(source, cause, effect, inverted) for cause, effect in rule["pairs"]]
        values = {as_number(a): as_number(v) for a, v in data.get("reset", {}).items()}
        reset = {a - address: value for a, value in values.items() if a & -_PAGE == address}
        pages.append(_Registers(address, rules, reset))
    return pages
