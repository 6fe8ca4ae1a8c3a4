"""The targets of a manifest: where its firmware can run, and what each needs to know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tinykit.boards.values import as_number, mapping, number
from tinykit.errors import InputError

EMULATED_CPUS = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")
UARTS = ("stm32", "stm32v1", "cmsdk", "pl011", "nrf_uart", "nrf_uarte", "emu")
COUNTERS = ("dwt", "emu", "nrf_timer", "rp2040_timer")
RENODE_CPUS = (*EMULATED_CPUS[1:], "rv32imac")
RENODE_UARTS = ("stm32", "stm32v1", "nrf_uarte", "sifive")
PAGE = 4096
"""Bytes of the pages that devices' registers lie in."""
_SYSTEMS = ("qemu-system-arm", "qemu-system-riscv32")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")


def check_targets(targets: Mapping[str, Any], where: str) -> None:
    """Raise InputError naming the place for a target there is not, or one that lacks what it needs."""
    checks = {"emulator": _check_emulator, "qemu": _check_qemu, "renode": _check_renode, "serial": _check_serial}
    for kind, data in targets.items():
        if kind not in checks:
            raise InputError(f"{where}: there is no target {kind!r}")
        data = mapping(data, f"{where}.{kind}")
        if kind == "renode":  # what it does not say is as for the emulator
            data = {**mapping(targets.get("emulator", {}), f"{where}.emulator"), **data}
        checks[kind](data, f"{where}.{kind}")


def _check_emulator(data: Mapping[str, Any], where: str) -> None:
    _one_of(data, "cpu", EMULATED_CPUS, where)
    _check_devices(data, UARTS, where)
    counter = mapping(data.get("counter"), f"{where}.counter")
    _one_of(counter, "type", COUNTERS, f"{where}.counter")
    number(counter, "address", f"{where}.counter")
    if not 0 < number({"scale": 1, **counter}, "scale", f"{where}.counter") <= 1 << 20:
        raise InputError(f"{where}.counter: scale must be the instructions of a tick")
    if "boot" in data:
        boot = mapping(data["boot"], f"{where}.boot")
        number(boot, "to", f"{where}.boot")
        if not 4 < number(boot, "bytes", f"{where}.boot") <= 4096:
            raise InputError(f"{where}.boot: bytes must be a number from 5 to 4096")


def device_pages(data: Mapping[str, Any]) -> list[int]:
    """The pages that hold an emulated board's devices."""
    places = [*data.get("devices", []), data["uart"]["address"], data["counter"]["address"]]
    return sorted({as_number(place) // PAGE * PAGE for place in places})


def _check_renode(data: Mapping[str, Any], where: str) -> None:
    _one_of(data, "cpu", RENODE_CPUS, where)
    _check_devices(data, RENODE_UARTS, where)
    for rule in data.get("bits", []):
        if as_number(rule["address"]) >> 12 != as_number(rule["from"]) >> 12:
            raise InputError(f"{where}.bits: {rule['address']} must lie in the same 4 KiB as {rule['from']} for Renode")


def _check_devices(data: Mapping[str, Any], uarts: tuple[str, ...], where: str) -> None:
    uart = mapping(data.get("uart"), f"{where}.uart")
    _one_of(uart, "type", uarts, f"{where}.uart")
    number(uart, "address", f"{where}.uart")
    for address in _list(data, "devices", where):
        number({"devices": address}, "devices", where)
    for rule in _list(data, "bits", where):
        for key in ("address", "from"):
            number(mapping(rule, f"{where}.bits"), key, f"{where}.bits")
        if "pairs" not in rule:
            raise InputError(f"{where}.bits: a rule without pairs says nothing")
        for pair in _list(rule, "pairs", f"{where}.bits"):
            if not (isinstance(pair, list) and len(pair) == 2 and all(type(b) is int and 0 <= b < 32 for b in pair)):
                raise InputError(f"{where}.bits: pairs are two bit numbers from 0 to 31 each")
        if not isinstance(rule.get("inverted", False), bool):
            raise InputError(f"{where}.bits: inverted must be true or false")
    _check_reset(mapping(data.get("reset", {}), f"{where}.reset"), f"{where}.reset")


def _check_reset(reset: Mapping[str, Any], where: str) -> None:
    for address in reset:
        number({"address": address}, "address", where)
        number(reset, address, where)


def _check_qemu(data: Mapping[str, Any], where: str) -> None:
    _one_of(data, "system", _SYSTEMS, where)
    for key in ("machine", "package"):
        if not (isinstance(data.get(key), str) and _NAME.fullmatch(data[key])):
            raise InputError(f"{where}: {key} must be a name as QEMU or the distribution knows it")
    number(data, "count_scale", where)


def _check_serial(data: Mapping[str, Any], where: str) -> None:
    if not number({"baud": 115200, **data}, "baud", where):
        raise InputError(f"{where}: baud must be the bits a second after a reset, such as 115200")
    for usb in _list(data, "usb", where):
        if not (isinstance(usb, str) and _USB.fullmatch(usb)):
            raise InputError(f"{where}: usb lists vendor and product as 0483:374b")


def _one_of(table: Mapping[str, Any], key: str, allowed: tuple[str, ...], where: str) -> None:
    if table.get(key) not in allowed:
        raise InputError(f"{where}: {key} must be one of {', '.join(allowed)}")


def _list(table: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise InputError(f"{where}: {key} must be a list")
    return value
