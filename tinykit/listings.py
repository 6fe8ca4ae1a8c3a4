"""What tinykit comes with, as rows for people and for JSON."""

from __future__ import annotations

from typing import Any

from tinykit.boards import boards
from tinykit.families import families


def board_list() -> list[dict[str, Any]]:
    """Each board: id, name, aliases, core, SRAM and flash in bytes, targets, and how it was validated."""
    return [
        {
            "id": board.id,
            "name": board.name,
            "aliases": list(board.aliases),
            "cpu": board.core.name,
            "core": board.core.name,
            "sram": board.sram,
            "flash": board.flash,
            "targets": [*board.targets, "host"],
            "validated": list(board.validated) or ["built"],
        }
        for board in boards()
    ]


def model_list() -> list[dict[str, Any]]:
    """Each model family that comes with tinykit and each variant: id, summary and classes."""
    return [{"id": f.id, "summary": f.summary, "labels": list(f.labels)} for f in families()]
