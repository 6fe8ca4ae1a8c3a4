"""Text from a model made safe for C: names become identifiers, comments and strings cannot be broken out of."""

from __future__ import annotations

import numpy as np


def comment(text: str, limit: int = 60) -> str:
    """`text` for use inside a C comment or string: printable ASCII without quotes, backslashes, or comment marks."""
    kept = "".join(c if c.isascii() and c.isprintable() and c not in '"\\*?' else "_" for c in text)
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def shape(dims: tuple[int, ...]) -> str:
    return "x".join(map(str, dims)) or "scalar"


def float_literal(value: float) -> str:
    """A C float literal that reads back as exactly the float32 `value`."""
    return float(np.float32(value)).hex() + "f"


def array_lines(values: np.ndarray, width: int = 110) -> list[str]:
    """The elements as lines of comma-separated C literals."""
    lines: list[str] = []
    line = ""
    for value in values.reshape(-1).tolist():
        item = f"{float_literal(value) if values.dtype.kind == 'f' else _integer(int(value))},"
        if len(line) + len(item) > width:
            lines.append(line)
            line = ""
        line += item
    return [*lines, line] if line else lines


def _integer(value: int) -> str:
    """INT32_MIN has no literal of its own in C."""
    return "(-2147483647-1)" if value == -(2**31) else str(value)
