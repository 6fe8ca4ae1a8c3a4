"""A built firmware: what the ELF and the linker map say it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection

from tinykit.errors import ToolError

_ENTRY = re.compile(r"^\s*(\.\S+)?\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+(\S.*)$")
_COMPILERS = {"gcc": re.compile(r"GCC: \(.*\) ([\w.+-]+)"), "zig clang": re.compile(r"clang version ([\w.+-]+)")}
_ELSEWHERE = ".bss.tk_ram."
"""Sections that the linker script puts into other memories than the main one."""


@dataclass(frozen=True)
class Firmware:
    """A firmware and its sizes in bytes.

    `arena`, `static` (other data, weights that are copied to RAM among them), `code` and `constants` are the model library's own,
    by the linker map; `image_ram` (stack reserve included) and `image_flash` are the whole image's with harness and board
    support.
    """

    elf: Path
    compiler: str
    arena: int
    static: int
    code: int
    constants: int
    image_ram: int
    image_flash: int
    symbols: Mapping[str, int]
    functions: Mapping[int, str] = field(default_factory=dict)
    """The name of each function by its address."""


@dataclass(frozen=True)
class Piece:
    """One input section in the map: its name, bytes, and the object file it came from."""

    section: str
    size: int
    source: str


def read_firmware(elf: Path, prefix: str) -> Firmware:
    """Read the sizes of the model library `prefix` from a linked ELF, with the linker map and the objects beside it.

    zig's linker writes no map; there the library's share is the sizes of the symbols its objects define.
    Raises ToolError when a file is damaged.
    """
    map_file = elf.with_suffix(".map")
    try:
        with elf.open("rb") as file:
            parsed = ELFFile(file)
            symbols = {s.name: s for s in _symbols(parsed)}
            compiler = _compiler(parsed)
            allocated = [s for s in parsed.iter_sections() if s["sh_flags"] & 2]
            pieces = (
                _of_library(_from_map(map_file.read_text(errors="replace")), prefix)
                if map_file.exists()
                else list(_from_objects(parsed, elf.parent, prefix))
            )
    except (OSError, ELFError) as error:
        raise ToolError(f"{elf.name} or its map cannot be read: {error}", hint="build again") from None

    def total(*names: str) -> int:
        return sum(p.size for p in pieces if p.section.startswith(names))

    main = next((p.size for p in pieces if p.section.endswith(f".{prefix}_arena")), None)
    if main is None:
        main = symbols[f"{prefix}_arena"]["st_size"] if f"{prefix}_arena" in symbols else 0
    ends = [symbols[name]["st_value"] for name in ("tk_weights_start", "tk_weights_end") if name in symbols]
    copied = ends[-1] - ends[0] if ends else 0
    in_bss = total(_ELSEWHERE)
    elsewhere = in_bss or sum(s["st_size"] for name, s in symbols.items() if name.startswith(f"{prefix}_arena_"))
    return Firmware(
        elf=elf,
        compiler=compiler,
        arena=main + elsewhere,
        static=max(total(".bss", ".data", ".sbss", ".sdata", "COMMON") - main - in_bss, 0) + copied,
        code=total(".text"),
        constants=total(".rodata", ".srodata", ".tk_"),
        image_ram=sum(s["sh_size"] for s in allocated if s["sh_flags"] & 1 or s.name == ".stack"),
        image_flash=sum(s["sh_size"] for s in allocated if s["sh_type"] != "SHT_NOBITS"),
        symbols={name: symbol["st_value"] for name, symbol in symbols.items()},
        functions={s["st_value"] & ~1: name for name, s in symbols.items() if s["st_info"]["type"] == "STT_FUNC"},
    )


def _compiler(elf: ELFFile) -> str:
    """Name and version of the compiler, as it left them in the ELF."""
    section = elf.get_section_by_name(".comment")
    comment = "" if section is None else section.data().decode("utf-8", "replace")
    found = ((name, pattern.search(comment)) for name, pattern in _COMPILERS.items())
    return next((f"{name} {match[1]}" for name, match in found if match), "unknown")


def _symbols(elf: ELFFile) -> Iterator[Symbol]:
    for section in elf.iter_sections():
        if isinstance(section, SymbolTableSection):
            yield from section.iter_symbols()


def _of_library(pieces: Iterator[Piece], prefix: str) -> list[Piece]:
    return [p for p in pieces if f"/{prefix}/" in p.source or f"lib{prefix}.a" in p.source]


def _from_objects(elf: ELFFile, folder: Path, prefix: str) -> Iterator[Piece]:
    """A piece for each linked symbol that an object of the library defines, named by the section it was linked into."""
    defined: set[str] = set()
    for path in folder.glob(f"lib*/{prefix}/**/*.o"):
        with path.open("rb") as file:
            defined |= {s.name for s in _symbols(ELFFile(file)) if s["st_size"] and s["st_shndx"] != "SHN_UNDEF"}
    for symbol in _symbols(elf):
        if symbol.name in defined and isinstance(symbol["st_shndx"], int):
            section = elf.get_section(symbol["st_shndx"]).name
            suffix = f".{symbol.name}" if symbol.name.endswith("_arena") else ""
            yield Piece(section + suffix, symbol["st_size"], "")


def _from_map(text: str) -> Iterator[Piece]:
    """The input sections that GNU ld's map says were kept; a long name stands on a line of its own."""
    waiting = ""
    for line in text.partition("Linker script and memory map")[2].splitlines():
        if re.fullmatch(r" \.\S+", line):
            waiting = line.strip()
            continue
        if (entry := _ENTRY.match(line)) and (entry[1] or waiting):
            yield Piece(entry[1] or waiting, int(entry[3], 16), entry[4])
        waiting = ""
