"""Boards, and what stands in for one: `tinykit serve`."""

from __future__ import annotations

import sys

import typer

from tinykit.cli.options import TargetOption
from tinykit.cli.output import Output
from tinykit.cli.stages import ProjectArgument
from tinykit.errors import EXACT


def serve(context: typer.Context, project: ProjectArgument, target: TargetOption = None) -> int:
    """Run a project's firmware in a simulator behind a pseudo-terminal, which programs open like a board's serial port."""
    from tinykit.serving import serve as run

    def opened(port: str) -> None:
        print(port, flush=True)
        sys.stderr.write("Ctrl-C ends it\n")

    run(project, opened=opened, target=target, progress=Output.of(context, False).progress)
    return EXACT


def register(app: typer.Typer) -> None:
    app.command()(serve)
