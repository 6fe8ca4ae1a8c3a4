"""A board manifest, checked: PlatformIO's own board format with a section of ours. It is untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tinykit.errors import InputError
from tinykit.ops.base import Core

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}-")
_MACRO = re.compile(r"TK_[A-Z0-9_]{1,60}")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAX_ADDRESS = 1 << 32
_TARGETS = ("emulator", "qemu", "serial")


@dataclass(frozen=True)
class Memory:
    """A memory region; `kind` is `ram` for data, `itcm` for code only."""

    name: str
    address: int
    size: int
    kind: str

    @property
    def end(self) -> int:
        return self.address + self.size


@dataclass(frozen=True, eq=False)
class Board:
    """A board. `ram` is the largest contiguous run of its data memories; sizes are in bytes."""

    id: str
    name: str
    aliases: tuple[str, ...]
    core: Core
    flash_memory: Memory
    memories: tuple[Memory, ...]
    targets: tuple[str, ...]
    manifest: Mapping[str, Any]

    @property
    def ram(self) -> Memory:
        runs: list[Memory] = []
        for memory in sorted((m for m in self.memories if m.kind == "ram"), key=lambda m: m.address):
            if runs and runs[-1].end == memory.address:
                runs[-1] = Memory(f"{runs[-1].name}+{memory.name}", runs[-1].address, runs[-1].size + memory.size, "ram")
            else:
                runs.append(memory)
        return max(runs, key=lambda m: m.size)

    @property
    def sram(self) -> int:
        return self.ram.size

    @property
    def flash(self) -> int:
        return self.flash_memory.size

    def target(self, kind: str) -> Mapping[str, Any]:
        """What the manifest says of one of its targets."""
        data: Mapping[str, Any] = self.manifest["tinykit"]["targets"][kind]
        return data


def parse(id: str, value: object, where: str) -> Board:
    """The Board of a manifest's JSON value; raises InputError naming the file (`where`) and the key that is wrong."""
    manifest = _mapping(value, where)
    own = _mapping(manifest.get("tinykit"), f"{where}: tinykit")
    core = _mapping(own.get("core"), f"{where}: tinykit.core")
    flash = _mapping(own.get("flash"), f"{where}: tinykit.flash")
    entries = own.get("memories")
    if not isinstance(entries, list):
        raise InputError(f"{where}: tinykit.memories must be a list")
    memories = tuple(_memory(entry, f"{where}: tinykit.memories[{i}]") for i, entry in enumerate(entries))
    flash_memory = Memory("flash", number(flash, "address", where), number(flash, "size", where), "flash")
    _check_memories((flash_memory, *memories), where)
    targets = _mapping(own.get("targets"), f"{where}: tinykit.targets")
    if unknown := [t for t in targets if t not in _TARGETS]:
        raise InputError(f"{where}: tinykit.targets: there is no target {unknown[0]!r}")
    for kind, data in targets.items():
        _mapping(data, f"{where}: tinykit.targets.{kind}")
    if "serial" in targets:
        number({"baud": 115200, **targets["serial"]}, "baud", f"{where}: tinykit.targets.serial")
    if "alias" in flash:
        number(flash, "alias", f"{where}: tinykit.flash")
    _check_build(own, where)
    aliases = tuple(_words(own.get("aliases", []), f"{where}: tinykit.aliases"))
    if bad := [name for name in (id, *aliases) if not _ID.fullmatch(name)]:
        raise InputError(f"{where}: {bad[0]!r} cannot be a board's id")
    return Board(
        id=id,
        name=_word(manifest.get("name"), f"{where}: name"),
        aliases=aliases,
        core=Core(
            _word(core.get("name"), f"{where}: tinykit.core.name"), _flag(core, "dsp", where), _flag(core, "mve", where)
        ),
        flash_memory=flash_memory,
        memories=memories,
        targets=tuple(targets),
        manifest=manifest,
    )


def number(table: Mapping[str, Any], key: str, where: str) -> int:
    """A non-negative whole number below 2^32, written as a number or as hexadecimal text."""
    value = table.get(key)
    if isinstance(value, str):
        try:
            value = int(value, 16)
        except ValueError:
            value = None
    if type(value) is not int or not 0 <= value < _MAX_ADDRESS:
        raise InputError(f"{where}: {key} must be a number such as 65536 or \"0x20000000\"")
    return value


def _memory(value: object, where: str) -> Memory:
    entry = _mapping(value, where)
    kind = entry.get("kind")
    if kind not in ("ram", "itcm"):
        raise InputError(f"{where}: kind must be ram or itcm")
    return Memory(_word(entry.get("name"), f"{where}: name"), number(entry, "address", where), number(entry, "size", where), kind)


def _check_memories(memories: tuple[Memory, ...], where: str) -> None:
    if not any(m.kind == "ram" for m in memories):
        raise InputError(f"{where}: tinykit.memories names no ram")
    ordered = sorted(memories, key=lambda m: m.address)
    for low, high in pairwise(ordered):
        if low.end > high.address:
            raise InputError(f"{where}: memories {low.name} and {high.name} overlap")
    if any(m.size <= 0 or m.end > _MAX_ADDRESS for m in memories):
        raise InputError(f"{where}: a memory is empty or reaches beyond the address space")


def _check_build(own: Mapping[str, Any], where: str) -> None:
    """What goes into the project's files and commands: texts that can be nothing but what they are called."""
    for key in ("gcc", "zig"):
        _words(own.get(key), f"{where}: tinykit.{key}")
    for part in _words(own.get("support"), f"{where}: tinykit.support"):
        if not _FOLDER.fullmatch(part):
            raise InputError(f"{where}: tinykit.support: {part!r} cannot be a folder of support code")
    if not _PREFIX.fullmatch(_word(own.get("prefix"), f"{where}: tinykit.prefix")):
        raise InputError(f"{where}: tinykit.prefix must be a toolchain's prefix such as arm-none-eabi-")
    config = _mapping(own.get("config", {}), f"{where}: tinykit.config")
    for name in config:
        if not _MACRO.fullmatch(name):
            raise InputError(f"{where}: tinykit.config: {name!r} cannot be a macro; they are called TK_...")
        number(config, name, f"{where}: tinykit.config")


def _flag(table: Mapping[str, Any], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{where}: tinykit.core.{key} must be true or false")
    return value


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where} must be an object", hint="docs/boards.md describes the format")
    return value


def _word(value: object, where: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 200 or not value.isprintable() or "*/" in value:
        raise InputError(f"{where} must be a text of one line", hint="docs/boards.md describes the format")
    return value


def _words(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise InputError(f"{where} must be a list of texts", hint="docs/boards.md describes the format")
    return value
