"""`tinykit train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinykit.errors import EXACT, InputError


def train(
    model: Annotated[str, typer.Argument(metavar="FAMILY", help="A model family's folder or name, perhaps with :VARIANT.")],
    data: Annotated[Path, typer.Option(help="Folder of the data that the family's card names.", show_default=False)],
    epochs: Annotated[
        int | None, typer.Option(min=1, help="At most so many for each network. Default: what the family says, ended early.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The new family's folder. Default: NAME-trained here.")] = None,
) -> int:
    """Train a model family from scratch; the result is a family of its own, ready for tinykit deploy."""
    from tinykit.families.training import train as run
    from tinykit.sources import find_source

    source = find_source(model)
    if source.family is None:
        raise InputError(f"{source.shown} is no model family, and only those bring a way to train them", hint="tinykit models")
    family = run(source.path, data, out or Path(f"{source.name}-trained"), epochs, source.family.variant)
    named = f"{family.folder}:{family.variant}" if family.variant else family.folder
    print(f"trained: {named}; next: tinykit deploy {named} --board BOARD")
    return EXACT


def register(app: typer.Typer) -> None:
    app.command()(train)
