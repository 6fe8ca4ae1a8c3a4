"""The devices of emulated boards, as far as firmware that polls sees them: UARTs, counters, and registers that hold values.

Which of them a board has, and where, stands in its manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from tinykit.boards.values import as_number
from tinykit.targets.errors import TargetError

Loads = dict[int, Callable[[], int]]
Stores = dict[int, Callable[[int], None]]


class Line(Protocol):
    """The other end of a UART, and the memory its DMA works on."""

    def pending(self) -> bool:
        """Whether a byte has come; if none has, the firmware waits."""

    def next_byte(self) -> int:
        """The byte that has come first; 0 if there is none."""

    def send(self, value: int) -> None:
        """Take a byte from the firmware."""

    def memory_read(self, address: int, size: int) -> bytes:
        """Bytes of RAM; raises TargetError outside of it."""

    def memory_write(self, address: int, data: bytes) -> None:
        """Write to RAM; raises TargetError outside of it."""


def uart(kind: str, base: int, line: Line) -> tuple[Loads, Stores]:
    """The registers of a UART of a kind that manifests name, for reading and writing."""
    return _UARTS[kind](base, line)


def counter(kind: str, base: int, executed: Callable[[], int], scale: int = 1) -> Loads:
    """The registers of a counter; it shows the instructions executed, divided by `scale`."""

    def part(shift: int) -> Callable[[], int]:
        return lambda: executed() // scale >> shift & 0xFFFFFFFF

    return {base + offset: part(shift) for offset, shift in _COUNTERS[kind].items()}


class Registers:
    """Registers that hold what is written to them; status bits follow control bits as a manifest's rules say."""

    def __init__(self, rules: Iterable[Mapping[str, Any]], reset: Mapping[str, int | str]) -> None:
        self._reset = {as_number(address): as_number(value) for address, value in reset.items()}
        self._values = dict(self._reset)
        self._rules: dict[int, list[tuple[int, int, int, int]]] = {}
        for rule in rules:
            source, inverted = as_number(rule["from"]), int(rule.get("inverted", False))
            entries = self._rules.setdefault(as_number(rule["address"]), [])
            entries += [(source, cause, effect, inverted) for cause, effect in rule["pairs"]]

    def reset(self) -> None:
        self._values = dict(self._reset)

    def load(self, address: int) -> int:
        value = self._values.get(address, 0)
        for source, cause, effect, inverted in self._rules.get(address, ()):
            bit = self._values.get(source, 0) >> cause & 1 ^ inverted
            value = value & ~(1 << effect) | bit << effect
        return value

    def store(self, address: int, value: int) -> None:
        self._values[address] = value


def _stm32(base: int, line: Line) -> tuple[Loads, Stores]:
    """USART with ISR, RDR and TDR (F7, H7, L4): TXE and TC are always set, RXNE while a byte waits."""
    return {base + 0x1C: lambda: 0xE0 if line.pending() else 0xC0, base + 0x24: line.next_byte}, {base + 0x28: line.send}


def _stm32v1(base: int, line: Line) -> tuple[Loads, Stores]:
    """USART with SR and DR (F4)."""
    return {base: lambda: 0xE0 if line.pending() else 0xC0, base + 0x04: line.next_byte}, {base + 0x04: line.send}


def _cmsdk(base: int, line: Line) -> tuple[Loads, Stores]:
    """Arm's APB UART: RX buffer full is bit 1 of STATE, the TX buffer never is."""
    return {base + 0x04: lambda: 2 if line.pending() else 0, base: line.next_byte}, {base: line.send}


def _pl011(base: int, line: Line) -> tuple[Loads, Stores]:
    """Arm's PL011: bit 4 of FR says that the receive FIFO is empty."""
    return {base + 0x18: lambda: 0 if line.pending() else 0x10, base: line.next_byte}, {base: line.send}


def _nrf_uart(base: int, line: Line) -> tuple[Loads, Stores]:
    """nRF UART: events RXDRDY and TXDRDY."""
    return {base + 0x108: lambda: int(line.pending()), base + 0x11C: lambda: 1, base + 0x518: line.next_byte}, {
        base + 0x108: lambda value: None,
        base + 0x11C: lambda value: None,
        base + 0x51C: line.send,
    }


def _nrf_uarte(base: int, line: Line) -> tuple[Loads, Stores]:
    """nRF UARTE: EasyDMA fills and empties buffers in RAM, events ENDRX and ENDTX tell when."""
    values: dict[str, int] = {"rx": 0, "rx size": 0, "tx": 0, "tx size": 0, "listening": 0, "received": 0, "stopped": 0}

    def hold(name: str) -> Callable[[int], None]:
        return lambda value: values.update({name: value})

    def received() -> int:
        if values["listening"] and not values["received"] and line.pending():
            line.memory_write(values["rx"], bytes(line.next_byte() for _ in range(values["rx size"])))
            values.update(listening=0, received=1)
        return values["received"]

    def start_sending(value: int) -> None:
        for byte in line.memory_read(values["tx"], values["tx size"]):
            line.send(byte)

    def stop(value: int) -> None:
        values.update(listening=0, stopped=1)

    return {base + 0x110: received, base + 0x120: lambda: 1, base + 0x144: lambda: values["stopped"]}, {
        base + 0x000: hold("listening"),
        base + 0x004: stop,
        base + 0x008: start_sending,
        base + 0x110: hold("received"),
        base + 0x120: lambda value: None,
        base + 0x144: hold("stopped"),
        base + 0x534: hold("rx"),
        base + 0x538: hold("rx size"),
        base + 0x544: hold("tx"),
        base + 0x548: hold("tx size"),
    }


def _emu(base: int, line: Line) -> tuple[Loads, Stores]:
    """Our own: reading gives a byte, or all ones."""
    return {base + 0x04: lambda: line.next_byte() if line.pending() else 0xFFFFFFFF}, {base: line.send}


_UARTS: Mapping[str, Callable[[int, Line], tuple[Loads, Stores]]] = {
    "stm32": _stm32,
    "stm32v1": _stm32v1,
    "cmsdk": _cmsdk,
    "pl011": _pl011,
    "nrf_uart": _nrf_uart,
    "nrf_uarte": _nrf_uarte,
    "emu": _emu,
}
# Which bits of the count a register shows, by the register's offset.
_COUNTERS: Mapping[str, Mapping[int, int]] = {
    "dwt": {0x04: 0},
    "emu": {0x08: 0, 0x0C: 32},
    "nrf_timer": {0x540: 0},
    "rp2040_timer": {0x24: 32, 0x28: 0},
}


def check_boot_sector(data: bytes, board: str) -> None:
    """Raise TargetError unless the last word of a boot sector is the CRC-32 of the others, as the RP2040's boot ROM wants it."""
    crc = 0xFFFFFFFF
    for byte in data[:-4]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    if crc != int.from_bytes(data[-4:], "little"):
        raise TargetError(
            f"the boot ROM of {board} would not start the firmware: the CRC of its first {len(data)} bytes is wrong",
            hint="build again; the second stage of the boot is tk_boot2.c",
        )
