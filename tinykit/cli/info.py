"""`tinykit boards`, `tinykit models`, `tinykit doctor`."""

from __future__ import annotations

import typer

from tinykit.cli.options import JsonOption
from tinykit.cli.output import Output
from tinykit.errors import EXACT, NOT_VERIFIED


def boards(context: typer.Context, as_json: JsonOption = False) -> int:
    """List the boards, their memory and where their firmware can run."""
    from tinykit.listings import board_list

    columns = [("board", "id"), ("also", "aliases"), ("name", "name"), ("core", "core"), ("SRAM", "sram"), ("flash", "flash"),
               ("targets", "targets"), ("validated", "validated")]  # fmt: skip
    Output.of(context, as_json).listing("boards", board_list(), columns)
    return EXACT


def models(context: typer.Context, as_json: JsonOption = False) -> int:
    """List the model families that come with tinykit."""
    from tinykit.listings import model_list

    Output.of(context, as_json).listing("models", model_list(), [("model", "id"), ("what", "summary")])
    return EXACT


def doctor(context: typer.Context, as_json: JsonOption = False) -> int:
    """Show what is installed, what each missing tool would give, and how to get it."""
    from tinykit.doctor import doctor as examine
    from tinykit.doctor import healthy

    checks = examine()
    columns = [("tool", "name"), ("found", "state"), ("what for", "advice")]
    Output.of(context, as_json).listing("doctor", checks, columns)
    return EXACT if healthy(checks) else NOT_VERIFIED


def register(app: typer.Typer) -> None:
    for command in (boards, models, doctor):
        app.command()(command)
