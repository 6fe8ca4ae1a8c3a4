"""A board manifest, checked: PlatformIO's own board format with a section of ours. It is untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tinykit.boards.platformio import check_platformio
from tinykit.boards.targets import check_targets
from tinykit.boards.values import MAX_ADDRESS, mapping, number, word
from tinykit.errors import InputError
from tinykit.ops.base import Core

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}-")
_MACRO = re.compile(r"TK_[A-Z0-9_]{1,60}")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MACHINE_OPTION = re.compile(r"-m[a-z0-9-]+(=[A-Za-z0-9_.+-]+)?")
_TRIPLE = re.compile(r"[a-z0-9_.]+(-[a-z0-9_.]+){1,3}")


@dataclass(frozen=True)
class Memory:
    """A memory region; `kind` is `ram` for data, `itcm` for code only. An access takes `wait_states` cycles more than one;
    `dma`: the board's peripherals reach it."""

    name: str
    address: int
    size: int
    kind: str
    wait_states: int = 0
    dma: bool = True

    @property
    def end(self) -> int:
        return self.address + self.size


@dataclass(frozen=True, eq=False)
class Board:
    """A board; sizes are in bytes."""

    id: str
    name: str
    aliases: tuple[str, ...]
    core: Core
    flash_memory: Memory
    memories: tuple[Memory, ...]
    targets: tuple[str, ...]
    validated: tuple[str, ...]
    """Where models were run on it and every byte compared; empty: it was only built."""
    manifest: Mapping[str, Any]

    @property
    def rams(self) -> tuple[Memory, ...]:
        """Its data memories, neighbours joined: the largest first, which holds the stack, then the others, fastest first."""
        runs: list[Memory] = []
        for memory in sorted((m for m in self.memories if m.kind == "ram"), key=lambda m: m.address):
            if runs and runs[-1].end == memory.address:
                low = runs.pop()
                slowest = max(low.wait_states, memory.wait_states)
                dma = low.dma and memory.dma
                memory = Memory(f"{low.name}+{memory.name}", low.address, low.size + memory.size, "ram", slowest, dma)
            runs.append(memory)
        main = max(runs, key=lambda m: m.size)
        return main, *sorted((m for m in runs if m is not main), key=lambda m: (m.wait_states, -m.size))

    @property
    def ram(self) -> Memory:
        """The largest of them."""
        return self.rams[0]

    @property
    def sram(self) -> int:
        """Bytes of them all."""
        return sum(memory.size for memory in self.rams)

    @property
    def flash(self) -> int:
        return self.flash_memory.size

    def target(self, kind: str) -> Mapping[str, Any]:
        """What the manifest says of one of its targets."""
        data: Mapping[str, Any] = self.manifest["tinykit"]["targets"][kind]
        return data


def parse(id: str, value: object, where: str) -> Board:
    """The Board of a manifest's JSON value; raises InputError naming the file (`where`) and the key that is wrong."""
    manifest = mapping(value, where)
    own = mapping(manifest.get("tinykit"), f"{where}: tinykit")
    core = mapping(own.get("core"), f"{where}: tinykit.core")
    flash = mapping(own.get("flash"), f"{where}: tinykit.flash")
    entries = own.get("memories")
    if not isinstance(entries, list):
        raise InputError(f"{where}: tinykit.memories must be a list")
    memories = tuple(_memory(entry, f"{where}: tinykit.memories[{i}]") for i, entry in enumerate(entries))
    flash_memory = Memory("flash", number(flash, "address", where), number(flash, "size", where), "flash")
    _check_memories((flash_memory, *memories), where)
    targets = mapping(own.get("targets"), f"{where}: tinykit.targets")
    check_targets(targets, f"{where}: tinykit.targets")
    if "alias" in flash:
        number(flash, "alias", f"{where}: tinykit.flash")
    _check_build(own, where)
    aliases = tuple(_words(own.get("aliases", []), f"{where}: tinykit.aliases"))
    if bad := [name for name in (id, *aliases) if not _ID.fullmatch(name)]:
        raise InputError(f"{where}: {bad[0]!r} cannot be a board's id")
    check_platformio(manifest, id, where)
    return Board(
        id=id,
        name=word(manifest.get("name"), f"{where}: name"),
        aliases=aliases,
        core=Core(
            word(core.get("name"), f"{where}: tinykit.core.name"), _flag(core, "dsp", where), _flag(core, "mve", where)
        ),
        flash_memory=flash_memory,
        memories=memories,
        targets=tuple(targets),
        validated=_validated(own, targets, where),
        manifest=manifest,
    )


def _validated(own: Mapping[str, Any], targets: Mapping[str, Any], where: str) -> tuple[str, ...]:
    ways = tuple(_words(own.get("validated", []), f"{where}: tinykit.validated"))
    for way in ways:
        if {"hardware": "serial"}.get(way, way) not in targets:
            raise InputError(f"{where}: tinykit.validated: {way!r} is no target of this board, nor hardware it has")
    return ways


def _memory(value: object, where: str) -> Memory:
    entry = mapping(value, where)
    kind = entry.get("kind")
    if kind not in ("ram", "itcm"):
        raise InputError(f"{where}: kind must be ram or itcm")
    waits = number(entry, "wait_states", where) if "wait_states" in entry else 0
    name = word(entry.get("name"), f"{where}: name")
    dma = entry.get("dma", True)
    if not isinstance(dma, bool):
        raise InputError(f"{where}: dma must be true or false")
    return Memory(name, number(entry, "address", where), number(entry, "size", where), kind, waits, dma)


def _check_memories(memories: tuple[Memory, ...], where: str) -> None:
    if not any(m.kind == "ram" for m in memories):
        raise InputError(f"{where}: tinykit.memories names no ram")
    ordered = sorted(memories, key=lambda m: m.address)
    for low, high in pairwise(ordered):
        if low.end > high.address:
            raise InputError(f"{where}: memories {low.name} and {high.name} overlap")
    if any(m.size <= 0 or m.end > MAX_ADDRESS for m in memories):
        raise InputError(f"{where}: a memory is empty or reaches beyond the address space")


def _check_build(own: Mapping[str, Any], where: str) -> None:
    """What goes into the project's files and commands: texts that can be nothing but what they are called."""
    for key in ("gcc", "zig"):
        words = _words(own.get(key), f"{where}: tinykit.{key}")
        if key == "zig" and words[:1] == ["-target"] and len(words) > 1 and _TRIPLE.fullmatch(words[1]):
            words = words[2:]
        if bad := [word for word in words if not _MACHINE_OPTION.fullmatch(word)]:
            raise InputError(f"{where}: tinykit.{key}: {bad[0]!r} is not an option that chooses a machine, such as -mthumb")
    for part in _words(own.get("support"), f"{where}: tinykit.support"):
        if not _FOLDER.fullmatch(part):
            raise InputError(f"{where}: tinykit.support: {part!r} cannot be a folder of support code")
    if not _PREFIX.fullmatch(word(own.get("prefix"), f"{where}: tinykit.prefix")):
        raise InputError(f"{where}: tinykit.prefix must be a toolchain's prefix such as arm-none-eabi-")
    config = mapping(own.get("config", {}), f"{where}: tinykit.config")
    for name in config:
        if not _MACRO.fullmatch(name):
            raise InputError(f"{where}: tinykit.config: {name!r} cannot be a macro; they are called TK_...")
        number(config, name, f"{where}: tinykit.config")


def _flag(table: Mapping[str, Any], key: str, where: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{where}: tinykit.core.{key} must be true or false")
    return value


def _words(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise InputError(f"{where} must be a list of texts", hint="docs/boards.md describes the format")
    return value
