"""The part of a project that does not depend on the model: platform, board manifest, support code, linker script."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.boards import Board
from tinykit.boards.values import as_number
from tinykit.builder.renode import renode_files
from tinykit.errors import InputError
from tinykit.planner.format import FLASH
from tinykit.planner.regions import MAIN, regions
from tinykit.resources import data_path
from tinykit.version import VERSION

STACK = 4096


def write_build_files(
    board: Board,
    out: Path,
    *,
    prefix: str,
    stack: int = STACK,
    compiler: str = "auto",
    optimize: str = "speed",
    weights: str = FLASH,
) -> None:
    """Write everything `pio run` needs beside the model library `lib/<prefix>` into the project folder `out`.

    `stack` is in bytes; `weights` the region they are copied to at the start, if any. Raises InputError when the manifest names
    support code that does not exist.
    """
    templates = data_path("firmware_templates")
    own = board.manifest["tinykit"]
    # Found by its name in platforms_dir: PlatformIO's link to a folder would hold the absolute path, and a copy of the
    # project would go on using the platform of the original.
    platform = out / "platform" / "tinykit"
    shutil.copytree(
        templates / "platform", platform, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    support = out / "src" / "board"
    support.mkdir(parents=True, exist_ok=True)
    for part in ("common", *own["support"]):
        folder = templates / "support" / part
        if Path(part).name != part or not folder.is_dir():
            raise InputError(f"board {board.id}: there is no support code called {part!r}")
        shutil.copytree(folder, support, dirs_exist_ok=True)
    shutil.copytree(templates / "support" / "freestanding", support / "freestanding", dirs_exist_ok=True)
    env = Environment(
        loader=FileSystemLoader([templates / "support", templates / "project", templates / "renode"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    flash = board.flash_memory
    memories = {name: memory for name, memory in regions(board).items() if memory is not board.ram}
    linker = env.get_template("board.ld.j2").render(
        board=board,
        stack=stack,
        flash_start=flash.address,
        flash_size=flash.size,
        ram_start=board.ram.address,
        ram_size=board.ram.size,
        memories=memories,
        weights="" if weights == FLASH else "RAM" if weights == MAIN else weights.upper(),
    )
    baud = as_number(own["targets"].get("serial", {}).get("baud", 115200))
    ini = env.get_template("platformio.ini.j2").render(
        board=board,
        prefix=prefix,
        compiler=compiler,
        optimize=optimize,
        version=VERSION,
        baud=baud,
        regions=bool(memories),
    )
    config = "".join(f"#define {name} {_literal(value)}\n" for name, value in own.get("config", {}).items())
    _write(out / "ld" / f"{board.id}.ld", linker)
    _write(out / "platformio.ini", ini)
    _write(
        support / "tk_config.h",
        f"/* SPDX-License-Identifier: 0BSD\n * {board.name}. */\n#ifndef TK_CONFIG_H\n#define TK_CONFIG_H\n"
        f'#define TK_BOARD "{board.id}"\n{config}#endif\n',
    )
    for path, text in renode_files(board, prefix, env).items():
        _write(out / path, text)
    _write(out / "boards" / f"{board.id}.json", json.dumps(board.manifest, indent=2) + "\n")


def _literal(value: object) -> str:
    """A manifest's number as an unsigned C literal."""
    if isinstance(value, str):
        value = int(value, 16)
    if type(value) is not int or not 0 <= value < 1 << 32:
        raise InputError(f"a board's config value must be a number, not {value!r}")
    return f"{value:#010x}u" if value > 0xFFFFFF else f"{value}u"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
