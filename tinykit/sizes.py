"""Byte counts as people write and read them; KiB is 1024 bytes."""

from __future__ import annotations

import re

from tinykit.errors import InputError

_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def parse_size(text: str) -> int:
    """Bytes of `65536`, `64k`, `64 KiB`, `1m`. Raises InputError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([km]?)(?:i?b)?\s*", text.lower())
    value = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if match is None or value != int(value):
        raise InputError(f"{text!r} is not a size", hint="write bytes, or a number with k or m: 65536, 64k, 1m")
    return int(value)


def parse_fraction(text: str) -> float:
    """0.05 of `5%` or `5`. Raises InputError for anything else, and for more than 10,000 %."""
    match = re.fullmatch(r"\s*(\d{1,5}(?:\.\d+)?)\s*%?\s*", text)
    if match is None or float(match[1]) > 10_000:
        raise InputError(f"{text!r} is not a percentage", hint="write one such as 5%")
    return float(match[1]) / 100


def bytes_text(count: int) -> str:
    """`34,560 B`."""
    return f"{count:,} B"
