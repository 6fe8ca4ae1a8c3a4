"""Values of a manifest, checked as they are taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tinykit.errors import InputError

MAX_ADDRESS = 1 << 32


def number(table: Mapping[str, Any], key: str, where: str) -> int:
    """A non-negative whole number below 2^32, written as a number or as hexadecimal text that begins with 0x."""
    value = table.get(key)
    if isinstance(value, str):  # "1024" might be meant either way
        value = int(value, 16) if re.fullmatch("0[xX][0-9a-fA-F]{1,16}", value) else None
    if type(value) is not int or not 0 <= value < MAX_ADDRESS:
        raise InputError(f"{where}: {key} must be a number such as 65536 or \"0x20000000\"")
    return value


def as_number(value: int | str) -> int:
    """A number of a checked manifest."""
    return value if isinstance(value, int) else int(value, 16)


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """`value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise InputError(f"{where} must be an object", hint="docs/boards.md describes the format")
    return value


def word(value: object, where: str) -> str:
    """`value` if it is a printable text of one line that can end no C comment."""
    if not isinstance(value, str) or not value or len(value) > 200 or not value.isprintable() or "*/" in value:
        raise InputError(f"{where} must be a text of one line", hint="docs/boards.md describes the format")
    return value
