"""A model as a library in the form that another build system wants, with an example that uses it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.boards import Board
from tinykit.graph.ir import Graph
from tinykit.renderer.library import write
from tinykit.renderer.model import ModelCode
from tinykit.renderer.project import write_model
from tinykit.resources import data_path

MARK = "tinykit-export.json"
"""The file by which an export is known, so that it may be replaced by a newer one."""
_NAME = "NAME"  # in a template's path: the model's name


@dataclass(frozen=True)
class Form:
    """What an export looks like; its templates lie in `firmware_templates/export/FORM`.

    `library` is the folder of the C sources, where NAME stands for the model's name, `use` says what to do with it; `flat`: all
    sources and headers in `src`.
    """

    library: str
    use: str
    flat: bool = False


FORMS = {
    "pio-lib": Form("", "Copy this folder into `lib/` of a PlatformIO project."),
    "arduino": Form("", "Copy this folder into the `libraries` of your sketchbook; the example is in the IDE's menu.", flat=True),
    "cmake": Form("", "`add_subdirectory` this folder, and link your program with `{name}`."),
    "zephyr": Form(
        "", "Name this folder in `ZEPHYR_EXTRA_MODULES`, as the sample does: `west build -b BOARD samples/{name}`."
    ),
    "esp-idf": Form(
        "components/NAME",
        "Copy `components/{name}` into a project's `components`; this folder is such a project: `idf.py build`.",
    ),
}


def write_export(model: ModelCode, form: str, out: Path, *, graph: Graph, board: Board) -> None:
    """Write `model` into the empty folder `out` in the form called `form`, one of FORMS."""
    chosen = FORMS[form]
    library = out / chosen.library.replace(_NAME, model.prefix)
    library.mkdir(parents=True, exist_ok=True)
    write_model(model, library)
    (library / "library.json").unlink()
    if chosen.flat:
        _flatten(library)
    sources = sorted(path.relative_to(library).as_posix() for path in library.rglob("src/**/*.c"))
    templates = data_path("firmware_templates") / "export"
    env = Environment(
        loader=FileSystemLoader(templates), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    for template in sorted(path for path in (templates / form).rglob("*") if path.is_file()):
        name = template.relative_to(templates)
        to = out / name.relative_to(form).as_posix().removesuffix(".j2").replace(_NAME, model.prefix)
        to.parent.mkdir(parents=True, exist_ok=True)
        write(to, env.get_template(name.as_posix()).render(m=model, sources=sources).lstrip("\n"))
    constants = sum(array.bytes for array in model.arrays)
    use = chosen.use.format(name=model.prefix)
    readme = env.get_template("README.md.j2").render(m=model, core=board.core.name, constants=constants, use=use)
    write(out / "README.md", readme)
    shutil.copyfile(data_path("firmware_templates") / "LICENSE", out / "LICENSE")
    facts = {"schema": 1, "form": form, "model": model.prefix, "sha256": graph.sha256, "core": board.core.name}
    write(out / MARK, json.dumps(facts | {"arena": model.arena_bytes}, indent=1) + "\n")


def _flatten(library: Path) -> None:
    """All sources and headers into `src`: some builds look for headers nowhere else."""
    for folder in (library / "include", library / "src" / "kernels"):
        for path in folder.iterdir():
            path.replace(library / "src" / path.name)
        folder.rmdir()
