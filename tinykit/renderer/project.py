"""`render`: a plan becomes a PlatformIO project that a person would like to read."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinykit.errors import InputError
from tinykit.features import FrontEnd
from tinykit.features.open import FRONTEND_FILE, check_frontend
from tinykit.graph.ir import Graph
from tinykit.mlperf.tasks import task_of
from tinykit.planner.check import check_plan
from tinykit.planner.file import write_plan
from tinykit.planner.format import Plan
from tinykit.planner.regions import check_regions
from tinykit.planner.uses import Uses
from tinykit.renderer.frontend import frontend_code, write_frontend
from tinykit.renderer.library import environment, write, write_library
from tinykit.renderer.model import ModelCode, model_code
from tinykit.resources import data_path

if TYPE_CHECKING:
    from tinykit.boards import Board

PROJECT_SCHEMA = 1


def render(
    graph: Graph, plan: Plan, board: Board, out: Path, *, model_file: Path, frontend: FrontEnd | None = None
) -> Path:
    """Write the firmware project of `plan` for `board` into the empty or absent folder `out`; returns it.

    `model_file` is the `.tflite` the graph was read from; a copy goes along as the reference to validate against.
    `frontend`: what computes the network's input from samples on the board, if anything does.
    Raises InputError when the plan does not belong to the graph and board, or breaks a rule of the arena,
    DoesNotFit when the board has less memory than it wants.
    """
    from tinykit.builder.project import write_build_files

    model = planned_code(graph, plan, board, frontend)
    out.mkdir(parents=True, exist_ok=True)
    write_model(model, out / "lib" / model.prefix)
    if frontend is not None:
        write(out / FRONTEND_FILE, json.dumps(frontend.table(), indent=1) + "\n")
    shutil.copytree(data_path("firmware_templates") / "harness", out / "src" / "harness", dirs_exist_ok=True)
    write_build_files(board, out, prefix=model.prefix, weights=plan.weights)
    shutil.copyfile(model_file, out / "model.tflite")
    write_plan(replace(plan, model_path="model.tflite"), out / "plan.json")
    env = environment()
    write(out / "src" / "model_select.h", env.get_template("model_select.h.j2").render(m=model, task=task_of(graph)))
    write(out / "README.md", env.get_template("README.md.j2").render(m=model, plan=plan, board=board))
    facts = {
        "schema": PROJECT_SCHEMA,
        "prefix": model.prefix,
        "board": board.id,
        "sha256": graph.sha256,
        "arena": plan.arena_bytes,
        "layers": [f"{op.kind} '{graph.tensors[op.outputs[0]].name}'" for op in graph.ops],
    }
    write(out / "project.json", json.dumps(facts, indent=1) + "\n")
    return out


def planned_code(graph: Graph, plan: Plan, board: Board, frontend: FrontEnd | None = None) -> ModelCode:
    """The C of a plan as values. Raises InputError when it does not belong to graph and board, or breaks a rule of the arena."""
    if plan.board != board.id:
        raise InputError(f"the plan was made for {plan.board}, not for {board.id}", hint="plan again for this board")
    uses = Uses(graph, board.core)
    check_plan(plan, uses)
    check_regions(plan, board)
    model = model_code(graph, plan, uses)
    if frontend is not None:
        check_frontend(frontend, graph)
        model = replace(model, frontend=frontend_code(frontend))
    return model


def write_model(model: ModelCode, folder: Path) -> None:
    """The model as a library of plain C in `folder`, with what computes its input from samples where it has that."""
    write_library(model, folder)
    if model.frontend is not None:
        write_frontend(model, folder)
