"""How a block runs, in words."""

from __future__ import annotations

from tinykit.graph.ir import Graph
from tinykit.planner.format import Block, Storage


def tiling(block: Block) -> str:
    """`whole`, `row by row`, `2 pixels at a time, 1 result computed again` …"""
    if block.mode == "layer":
        return "whole"
    pieces = f"{block.unit} pixel{'s' * (block.unit > 1)} at a time" if block.unit else "row by row"
    again = sum(1 for s in block.storage if s.hold == "window")
    parts = [
        f"{block.strips} column strips, {pieces}" if block.strips > 1 else pieces,
        f"{again} result{'s' * (again > 1)} computed again" if again else "",
        "summed up" if block.reduces else "",
        "as the input arrives" if block.streamed else "",
    ]
    return ", ".join(part for part in parts if part)


def held(graph: Graph, storage: Storage) -> str:
    """What a block keeps of a tensor: `3 and 4 px of 20 rows of t7`."""
    name, rows = f"t{storage.tensor}", graph.tensors[storage.tensor].rows
    if storage.hold == "window":
        return f"a window of {storage.rows}×{storage.pixels} of {name}"
    if storage.hold == "full":
        return f"all of {name}"
    wide = f", {storage.width} px wide," if storage.width else f" and {storage.pixels} px" if storage.pixels else ""
    return f"{storage.rows}{wide} of {rows} rows of {name}"


def kernel(name: str) -> str:
    """A kernel's name without what all have in common."""
    return name.removeprefix("tk_").removesuffix("_s8").removesuffix("_row")
