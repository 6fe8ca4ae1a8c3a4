"""A page that shows how a plan uses the arena: time from left to right, addresses upwards. It needs nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.graph.ir import Graph
from tinykit.planner.format import Plan
from tinykit.renderer.text import shape

WIDTH, HEIGHT = 1000, 360
_COLORS = 12


@dataclass(frozen=True)
class Box:
    """A buffer in the picture, in its units; `title` is what hovering shows."""

    x: float
    y: float
    width: float
    height: float
    color: int
    title: str


@dataclass(frozen=True)
class Picture:
    """One plan's arena over time; `scale` bytes fill the height."""

    caption: str
    boxes: tuple[Box, ...]
    steps: int
    arena: int
    scale: int


@dataclass(frozen=True)
class Step:
    """A row of the table below the pictures."""

    number: int
    operators: str
    output: str
    tiling: str
    held: str
    macs: int
    instructions: int


def plan_page(plan: Plan, before: Plan, graph: Graph) -> str:
    """HTML of `plan` beside `before`, the same model layer by layer, drawn to one scale. Names are escaped."""
    env = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True)
    scale = max(plan.arena_bytes, before.arena_bytes, 1)
    pictures = (_picture("layer by layer", before, graph, scale), _picture("this plan", plan, graph, scale))
    steps = tuple(_step(plan, graph, n) for n in range(len(plan.blocks)))
    return env.get_template("plan.html.j2").render(
        plan=plan, pictures=pictures, steps=steps, width=WIDTH, height=HEIGHT, colors=_COLORS
    )


def _picture(caption: str, plan: Plan, graph: Graph, scale: int) -> Picture:
    steps = max(len(plan.blocks), 1)
    boxes = []
    for n, buffer in enumerate(plan.buffers):
        tensor = None if buffer.tensor is None else graph.tensors[buffer.tensor]
        what = buffer.name if tensor is None else f"{tensor.name} {shape(tensor.shape)}"
        lives = f"step {buffer.first}" if buffer.first == buffer.last else f"steps {buffer.first} to {buffer.last}"
        title = f"{what}: {buffer.size:,} bytes at {buffer.offset:,}, {lives}"
        low, high = buffer.offset / scale * HEIGHT, (buffer.offset + buffer.size) / scale * HEIGHT
        left, right = buffer.first / steps * WIDTH, (buffer.last + 1) / steps * WIDTH
        box = Box(round(left, 2), round(HEIGHT - high, 2), round(right - left, 2), round(high - low, 2), n % _COLORS, title)
        boxes.append(box)
    return Picture(caption, tuple(boxes), steps, plan.arena_bytes, scale)


def _step(plan: Plan, graph: Graph, n: int) -> Step:
    block = plan.blocks[n]
    ops = [graph.ops[i] for i in block.ops]
    tiling = "whole" if block.mode == "layer" else f"{block.unit} px at a time" if block.unit else "row by row"
    held = []
    for storage in block.storage:
        pixels = f" and {storage.pixels} px" if storage.pixels else ""
        held.append(f"{storage.rows}{pixels} of {graph.tensors[storage.tensor].rows} rows of t{storage.tensor}")
    output = shape(graph.tensors[ops[-1].outputs[0]].shape)
    return Step(n, ", ".join(op.kind for op in ops), output, tiling, "; ".join(held), block.macs, block.instructions)
