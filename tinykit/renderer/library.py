"""The model as a library of plain C: its header, its blocks, its constants, and the kernels it uses."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.renderer.model import ModelCode
from tinykit.resources import data_path

_INCLUDE = re.compile(r'^\s*#\s*include\s+"(tk_\w+\.h)"', re.MULTILINE)


def write_library(model: ModelCode, folder: Path) -> None:
    """The model as a library of plain C with its kernels: header, blocks, constants."""
    env = environment()
    source = folder / "src"
    kernels = source / "kernels"
    kernels.mkdir(parents=True, exist_ok=True)
    include = folder / "include"
    include.mkdir(exist_ok=True)
    prefix = model.prefix
    for template, path in (
        ("model.h.j2", include / f"{prefix}.h"),
        ("model.c.j2", source / f"{prefix}.c"),
        ("weights.h.j2", source / f"{prefix}_weights.h"),
        ("weights.c.j2", source / f"{prefix}_weights.c"),
    ):
        write(path, env.get_template(template).render(m=model))
    copy_sources((*model.kernel_sources, "tk_model", "tk_at", "tk_rows", "tk_edge"), kernels)
    shutil.move(kernels / "tk_model.h", include / "tk_model.h")
    library = {"name": prefix, "version": model.version, "build": {"flags": "-Isrc/kernels -Isrc"}}
    write(folder / "library.json", json.dumps(library, indent=1) + "\n")


def copy_sources(sources: tuple[str, ...], to: Path) -> None:
    """Copy the kernels and parts of front ends named, and every header they include."""
    folders = [data_path("firmware_templates") / name for name in ("kernels", "features")]
    files = {path.name: path for folder in folders for path in folder.glob("tk_*.[ch]")}
    wanted = [f"{s}{suffix}" for s in sources for suffix in (".c", ".h") if f"{s}{suffix}" in files]
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        text = files[name].read_text(encoding="utf-8")
        write(to / name, text)
        wanted += _INCLUDE.findall(text)


@cache
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([data_path("firmware_templates") / name for name in ("model", "features")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
