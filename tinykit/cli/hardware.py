"""Boards, and what stands in for one: `tinykit flash`, `tinykit monitor`, `tinykit serve`."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from tinykit.cli.options import BoardOption, TargetOption
from tinykit.cli.output import Output
from tinykit.cli.stages import ProjectArgument
from tinykit.errors import EXACT


class FlashTool(str, Enum):
    """What flashes."""

    pyocd = "pyocd"
    openocd = "openocd"
    stlink = "stlink"


def flash(
    project: ProjectArgument,
    tool: Annotated[
        FlashTool | None,
        typer.Option(help="pyOCD, OpenOCD or st-flash. Default: what the board's manifest names.", show_default=False),
    ] = None,
) -> int:
    """Write a project's firmware, as it was built last, to its board."""
    from tinykit.flashing import flash as write
    from tinykit.projects import open_project

    opened = open_project(project)
    used = write(opened.board, opened.elf, tool and tool.value)
    sys.stderr.write(f"{opened.prefix} is on the {opened.board.name} (by {used})\n")
    return EXACT


def monitor(
    board: BoardOption = None,
    port: Annotated[
        str | None, typer.Argument(metavar="[PORT]", help="Default: the board's, found by its USB id.", show_default=False)
    ] = None,
) -> int:
    """Show what a firmware prints, and send it what is typed; Ctrl-C ends it."""
    from tinykit.config import load_config
    from tinykit.steps import find_board
    from tinykit.targets.monitor import monitor as watch
    from tinykit.targets.ports import find_port
    from tinykit.targets.serial_port import baud_of
    from tinykit.targets.stream import SerialStream

    name = board or load_config().board
    found = None if port is not None and name is None else find_board(name)
    stream = SerialStream(port or find_port(find_board(name)), baud_of(found) if found else 115200)
    try:
        watch(stream, lambda line: print(line, flush=True))
    finally:
        stream.close()
    return EXACT


def serve(context: typer.Context, project: ProjectArgument, target: TargetOption = None) -> int:
    """Run a project's firmware in a simulator behind a pseudo-terminal, which programs open like a board's serial port."""
    from tinykit.serving import serve as run

    def opened(port: str) -> None:
        print(port, flush=True)
        sys.stderr.write("Ctrl-C ends it\n")

    run(project, opened=opened, target=target, progress=Output.of(context, False).progress)
    return EXACT


def register(app: typer.Typer) -> None:
    for command in (flash, monitor, serve):
        app.command()(command)
