"""Boards: true memories, core, and where their firmware can run, from `boards/*.json`."""

from tinykit.boards.load import boards, load_board
from tinykit.boards.manifest import Board, Memory

__all__ = ["Board", "Memory", "boards", "load_board"]
