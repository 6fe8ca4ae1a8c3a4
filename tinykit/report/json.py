"""The JSON vocabulary of every command; documented in docs/json.md, whose field list a test compares with this."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from tinykit.errors import TinykitError
from tinykit.report.model import Report

SCHEMA = 1


def report_values(report: Report, error: TinykitError | None = None) -> dict[str, Any]:
    """One JSON object. Every field is always there, null where unknown; `error` and `hint` only on failure."""
    values = {"schema": SCHEMA, **dataclasses.asdict(report)}
    values["notes"] = list(report.notes)
    if report.accuracy is not None:
        values["accuracy"] = {"float" if k == "float32" else k: v for k, v in values["accuracy"].items()}
    return values | ({} if error is None else {"error": error.message, "hint": error.hint})


def listing_values(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The object of a command that lists: `boards`, `models`, `doctor`."""
    return {"schema": SCHEMA, "command": name, name: items}


def dump(values: dict[str, Any]) -> str:
    """`values` as JSON text with a line feed at the end."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
