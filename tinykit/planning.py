"""What a caller may ask of the planner, and what it is given of that and of `tinykit.toml`."""

from __future__ import annotations

import typing
from typing import Any, TypedDict, get_args

from tinykit.config import Config
from tinykit.errors import InputError
from tinykit.planner import PlanOptions


class Planning(TypedDict, total=False):
    """Keyword arguments of every function that plans; one that is None or missing comes from `tinykit.toml`, else the default."""

    min_ram: bool | None
    """The smallest plan; by default the fastest that fits."""
    sram: int | None
    """Bytes the arena may take; by default what the board has."""
    scheme: str | None
    """`layer`, `patch`, `stream`, or `auto`: whatever is best."""
    stream_input: bool | None
    """The input arrives in pieces and is never stored whole."""
    max_overhead: float | None
    """Work that may be repeated, as a fraction of the model's."""
    search_seconds: float | None
    """The search ends then with the best so far; by default it ends by itself."""
    weights: str | None
    """Where they lie while the model runs: in `flash`, or copied to `ram`."""


def plan_options(planning: Planning, settings: Config | None = None) -> PlanOptions:
    """Options for the planner. Raises InputError for a scheme or a place of the weights that there is not."""
    settings = settings or Config()
    given: dict[str, Any] = {name: value for name, value in planning.items() if value is not None}
    smallest = given.pop("min_ram", settings.min_ram)
    options = PlanOptions(
        objective="min-ram" if smallest else "fastest",
        seconds=given.pop("search_seconds", None),
        scheme=given.pop("scheme", settings.scheme or "auto"),
        sram=given.pop("sram", settings.sram),
        **given,
    )
    allowed = typing.get_type_hints(PlanOptions)
    if options.scheme not in get_args(allowed["scheme"]):
        raise InputError(f"there is no scheme {options.scheme!r}", hint=f"it is one of {', '.join(get_args(allowed['scheme']))}")
    if options.weights not in get_args(allowed["weights"]):
        raise InputError(f"weights lie in flash or in ram, not in {options.weights!r}")
    return options
