"""`plan.json`: a plan written for people to read and edit, and read back exactly.

A plan file is untrusted: every field is checked for its type here, and the whole against the graph by
`tinykit.planner.check` before anything is rendered from it.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinykit.cache import atomic_write
from tinykit.errors import InputError
from tinykit.planner.format import SCHEMA, Plan

_MAX_BYTES = 64 * 1024 * 1024


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values, the derived totals included for the reader's sake."""
    return {
        **dataclasses.asdict(plan),
        "kernels": {str(op): name for op, name in plan.kernels.items()},
        "arena_bytes": plan.arena_bytes,
        "instructions": plan.instructions,
    }


def from_json(value: object, where: str = "plan") -> Plan:
    """The inverse of `to_json`. Raises InputError naming the field that is wrong."""
    if not isinstance(value, dict):
        raise InputError(f"{where}: a plan is a JSON object")
    if value.get("schema") != SCHEMA:
        raise InputError(
            f"{where}: plan schema {value.get('schema')!r} is not {SCHEMA}, the one this version reads",
            hint="make the plan again: tinykit plan MODEL --board BOARD -o plan.json",
        )
    fields = {k: v for k, v in value.items() if k not in ("arena_bytes", "instructions")}
    if isinstance(kernels := fields.get("kernels"), dict):
        try:
            fields["kernels"] = {int(op): name for op, name in kernels.items()}
        except ValueError:
            raise InputError(f"{where}: kernels: the keys are operator numbers") from None
    plan = _read(Plan, fields, where)
    assert isinstance(plan, Plan)
    return plan


def write_plan(plan: Plan, path: Path) -> None:
    """Write `plan` to `path` in one piece."""
    atomic_write(path, (json.dumps(to_json(plan), indent=1) + "\n").encode())


def read_plan(path: Path) -> Plan:
    """Read a plan file. Raises InputError when it cannot be read, is no JSON, or has a field of the wrong kind."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path}: too large for a plan")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from None
    return from_json(value, str(path))


def _read(kind: Any, value: Any, where: str) -> Any:
    """`value` as a `kind` (a dataclass, a Literal, or a plain, optional, tuple or mapping type)."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_fields(kind, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(args[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {_read(args[0], k, where): _read(args[1], v, f"{where}.{k}") for k, v in value.items()}
    if origin is typing.Literal and value in args:
        return value
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(args[0], value, where)
    if kind is float and type(value) in (int, float):
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    expected = " or ".join(map(repr, args)) if origin is typing.Literal else getattr(kind, "__name__", str(kind))
    raise InputError(f"{where}: expected {expected}, found {str(value)[:40]!r}")


def _read_fields(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected an object, found {str(value)[:40]!r}")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}
    if unknown := sorted(value.keys() - known.keys()):
        raise InputError(f"{where}: unknown field {unknown[0]!r}")
    missing = [
        name
        for name, f in known.items()
        if name not in value and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise InputError(f"{where}: field {missing[0]!r} is missing")
    return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})
