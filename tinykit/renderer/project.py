"""`render`: a plan becomes a PlatformIO project that a person would like to read."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.builder.project import write_build_files
from tinykit.errors import InputError
from tinykit.graph.ir import Graph
from tinykit.planner.check import check_plan
from tinykit.planner.file import write_plan
from tinykit.planner.format import Plan
from tinykit.planner.uses import Uses
from tinykit.renderer.model import ModelCode, model_code
from tinykit.resources import data_path

if TYPE_CHECKING:
    from tinykit.boards import Board

PROJECT_SCHEMA = 1
_INCLUDE = re.compile(r'^\s*#\s*include\s+"(tk_\w+\.h)"', re.MULTILINE)


def render(graph: Graph, plan: Plan, board: Board, out: Path, *, model_file: Path) -> Path:
    """Write the firmware project of `plan` for `board` into the empty or absent folder `out`; returns it.

    `model_file` is the `.tflite` the graph was read from; a copy goes along as the reference to validate against.
    Raises InputError when the plan does not belong to the graph and board, or breaks a rule of the arena.
    """
    if plan.board != board.id:
        raise InputError(f"the plan was made for {plan.board}, not for {board.id}", hint="plan again for this board")
    uses = Uses(graph, board.core)
    check_plan(plan, uses)
    model = model_code(graph, plan, uses)
    out.mkdir(parents=True, exist_ok=True)
    write_library(model, out / "lib" / model.prefix)
    shutil.copytree(data_path("firmware_templates") / "harness", out / "src" / "harness", dirs_exist_ok=True)
    write_build_files(board, out, prefix=model.prefix)
    shutil.copyfile(model_file, out / "model.tflite")
    write_plan(replace(plan, model_path="model.tflite"), out / "plan.json")
    env = _environment()
    _write(out / "src" / "model_select.h", env.get_template("model_select.h.j2").render(m=model))
    _write(out / "README.md", env.get_template("README.md.j2").render(m=model, plan=plan, board=board))
    facts = {
        "schema": PROJECT_SCHEMA,
        "prefix": model.prefix,
        "board": board.id,
        "sha256": graph.sha256,
        "arena": plan.arena_bytes,
    }
    _write(out / "project.json", json.dumps(facts, indent=1) + "\n")
    return out


def write_library(model: ModelCode, folder: Path) -> None:
    """The model as a library of plain C with its kernels: header, blocks, constants."""
    env = _environment()
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
        _write(path, env.get_template(template).render(m=model))
    _copy_kernels(model.kernel_sources, kernels)
    shutil.move(kernels / "tk_model.h", include / "tk_model.h")
    library = {"name": prefix, "version": model.version, "build": {"flags": "-Isrc/kernels -Isrc"}}
    _write(folder / "library.json", json.dumps(library, indent=1) + "\n")


def _copy_kernels(sources: tuple[str, ...], to: Path) -> None:
    """Copy the kernels named and every kernel header they include."""
    folder = data_path("firmware_templates") / "kernels"
    wanted = ["tk_model.h", "tk_rows.h", "tk_edge.h", *(f"{s}{suffix}" for s in sources for suffix in (".c", ".h"))]
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        text = (folder / name).read_text(encoding="utf-8")
        _write(to / name, text)
        wanted += _INCLUDE.findall(text)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(data_path("firmware_templates") / "model"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
