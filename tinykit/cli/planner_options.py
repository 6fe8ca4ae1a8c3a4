"""The options of every command that plans."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, get_type_hints

import typer

from tinykit.sizes import parse_fraction, parse_size

PANEL = "Plan"


class Scheme(str, Enum):
    """How blocks may run."""

    auto = "auto"
    layer = "layer"
    patch = "patch"
    stream = "stream"


class Weights(str, Enum):
    """Where the weights lie while the model runs."""

    flash = "flash"
    ram = "ram"


class _Options:
    """As `tinykit.planning.Planning`."""

    min_ram: Annotated[
        bool | None,
        typer.Option(
            "--min-ram/--fastest",
            help="The smallest plan, instead of the fastest that fits.",
            show_default="--fastest",
            rich_help_panel=PANEL,
        ),
    ]
    sram: Annotated[
        int | None,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            help="Bytes the arena may take: 65536, 64k. Default: what the board has.",
            show_default=False,
            rich_help_panel=PANEL,
        ),
    ]
    scheme: Annotated[
        Scheme | None,
        typer.Option(
            help="layer: one operator after the other; patch: pieces of the image, borders computed again; "
            "stream: rows and pixels kept in buffers; auto: whatever is best.",
            show_default="auto",
            rich_help_panel=PANEL,
        ),
    ]
    stream_input: Annotated[
        bool | None,
        typer.Option(
            "--stream-input",
            help="The input arrives row by row, or value by value, and is never stored whole.",
            rich_help_panel=PANEL,
        ),
    ]
    max_overhead: Annotated[
        float | None,
        typer.Option(
            parser=parse_fraction,
            metavar="PERCENT",
            help="Work that a plan may do more than once, as a share of the model's: 5%. Default: any for the fastest plan; none "
            "for the smallest, unless nothing else fits.",
            show_default=False,
            rich_help_panel=PANEL,
        ),
    ]
    search_seconds: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Take the best plan found in this time; without it the search ends by itself.",
            show_default=False,
            rich_help_panel=PANEL,
        ),
    ]
    weights: Annotated[
        Weights | None,
        typer.Option(
            help="ram: copied at the start to the fastest memory that has room for them.",
            show_default="flash",
            rich_help_panel=PANEL,
        ),
    ]


def with_planner_options(command: Callable[..., int]) -> Callable[..., int]:
    """`command`, whose `**planning` takes what these options say; typer reads options from a signature alone."""
    own = inspect.signature(command, eval_str=True).parameters.values()
    options = get_type_hints(_Options, include_extras=True)
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint) for name, hint in options.items()
    ]
    parameters = [*(p for p in own if p.kind is not inspect.Parameter.VAR_KEYWORD), *shared]

    @functools.wraps(command)
    def wrapped(*args: Any, **given: Any) -> int:
        chosen = {name: value.value if name in options and isinstance(value, Enum) else value for name, value in given.items()}
        return command(*args, **chosen)

    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapped
