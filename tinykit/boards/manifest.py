"""A board manifest, checked: PlatformIO's own board format with a section of ours. It is untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tinykit.boards.platformio import check_platformio
from tinykit.boards.targets import PAGE, check_targets, device_pages
from tinykit.boards.values import MAX_ADDRESS, mapping, number, word
from tinykit.errors import InputError
from tinykit.ops.base import Core

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}-")
_MACRO = re.compile(r"TK_[A-Z0-9_]{1,60}")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_REGION = re.compile(r"[a-z][a-z0-9_]*")
_KIB = 1024
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

    @property
    def region(self) -> str:
        """Its name in plans and linker scripts."""
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")


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
    places = [flash_memory, *memories]
    if "alias" in flash:
        alias = number(flash, "alias", f"{where}: tinykit.flash")
        places.append(Memory("flash (its alias)", alias, flash_memory.size, "flash"))
    _check_memories(places, where)
    targets = mapping(own.get("targets"), f"{where}: tinykit.targets")
    check_targets(targets, f"{where}: tinykit.targets")
    if "emulator" in targets:
        _check_emulated(places, device_pages(targets["emulator"]), where)
    _check_build(own, where)
    aliases = tuple(_words(own.get("aliases", []), f"{where}: tinykit.aliases"))
    if bad := [name for name in (id, *aliases) if not _ID.fullmatch(name)]:
        raise InputError(f"{where}: {bad[0]!r} cannot be a board's id")
    check_platformio(manifest, id, where)
    board = Board(
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
    _check_names(board, where)
    return board


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


def _check_names(board: Board, where: str) -> None:
    """The memories beside the main one are called by their names, in plans and in the linker script."""
    taken = {"sram", "ram", "flash"}
    for memory in board.rams[1:]:
        if not _REGION.fullmatch(memory.region) or memory.region in taken:
            raise InputError(
                f"{where}: tinykit.memories: {memory.name!r} cannot name a memory beside the largest: it takes a word that is no "
                "other's name, nor sram, ram or flash"
            )
        taken.add(memory.region)


def _check_emulated(places: Sequence[Memory], pages: Sequence[int], where: str) -> None:
    """The emulator has memory by the KiB, and devices by the page."""
    for memory in places:
        if memory.address % _KIB or memory.size % _KIB:
            raise InputError(f"{where}: {memory.name} must begin and end at a multiple of 1024 for the emulator")
        if page := next((page for page in pages if memory.address < page + PAGE and page < memory.end), None):
            raise InputError(f"{where}: tinykit.targets.emulator: the devices at {page:#010x} lie in {memory.name}")


def _check_memories(memories: Sequence[Memory], where: str) -> None:
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
