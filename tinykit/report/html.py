"""A page that shows how a plan uses the arena: time from left to right, addresses upwards. It needs nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinykit.graph.ir import Graph
from tinykit.planner.format import Plan
from tinykit.planner.patches import Patches, patches
from tinykit.planner.strips import macs
from tinykit.planner.uses import Uses
from tinykit.renderer.text import shape
from tinykit.report.words import held, tiling

WIDTH, HEIGHT = 1000, 360
_COLORS = 12
_TICKS = 6
_MAP = 120


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
class Map:
    """The input of a block that runs in pieces, `width` × `height` units large, and the patches that pieces see of it."""

    block: int
    caption: str
    width: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Step:
    """A row of the table below the pictures."""

    number: int
    operators: str
    output: str
    tiling: str
    held: str
    macs: int
    repeated: int
    instructions: int


def plan_page(plan: Plan, before: Plan, uses: Uses) -> str:
    """HTML of `plan` beside `before`, the same model layer by layer, drawn to one scale, and of where patches fall on the maps
    they are computed from. Names are escaped."""
    graph = uses.graph
    env = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True)
    scale = max(plan.arena_bytes, before.arena_bytes, 1)
    pictures = (_picture("layer by layer", before, graph, scale), _picture("this plan", plan, graph, scale))
    steps = tuple(_step(plan, uses, n) for n in range(len(plan.blocks)))
    found = (patches(plan, uses, n) for n in range(len(plan.blocks)))
    maps = tuple(_map(plan, graph, each) for each in found if each is not None)
    return env.get_template("plan.html.j2").render(
        plan=plan, pictures=pictures, steps=steps, maps=maps, width=WIDTH, height=HEIGHT, colors=_COLORS, ticks=_ticks(scale)
    )


def _ticks(scale: int) -> tuple[tuple[float, str], ...]:
    """Heights and words of the address axis: round numbers of bytes."""
    step = next(n * 10**e for e in range(12) for n in (1, 2, 5) if n * 10**e * _TICKS >= scale)
    return tuple((round(HEIGHT - at / scale * HEIGHT, 2), f"{at:,}") for at in range(0, scale + 1, step))


def _map(plan: Plan, graph: Graph, found: Patches) -> Map:
    tensor = graph.tensors[found.source]
    _, rows, columns, _ = tensor.shape
    zoom = _MAP / max(rows, columns)
    boxes = []
    for n, seen in enumerate(found.seen):
        what = f"rows {seen.top} to {seen.bottom - 1}, columns {seen.left} to {seen.right - 1}"
        edges = seen.left, seen.top, seen.right - seen.left, seen.bottom - seen.top
        x, y, width, height = (round(edge * zoom, 2) for edge in edges)
        boxes.append(Box(x, y, width, height, 5 * n, what))
    whose = "image" if graph.producer(found.source) is None else "map"
    caption = f"step {found.block}, {tiling(plan.blocks[found.block])}: the {rows}×{columns} {whose} {tensor.name}"
    return Map(found.block, caption, max(columns * zoom, 4), max(rows * zoom, 4), tuple(boxes))


def _picture(caption: str, plan: Plan, graph: Graph, scale: int) -> Picture:
    steps = max(len(plan.blocks), 1)
    starts = dict(zip((a.region for a in plan.arenas), accumulate((a.size for a in plan.arenas), initial=0), strict=False))
    boxes = []
    for n, buffer in enumerate(plan.buffers):
        tensor = None if buffer.tensor is None else graph.tensors[buffer.tensor]
        what = buffer.name if tensor is None else f"{tensor.name} {shape(tensor.shape)}"
        lives = f"step {buffer.first}" if buffer.first == buffer.last else f"steps {buffer.first} to {buffer.last}"
        where = f" of {buffer.region}" if len(plan.arenas) > 1 else ""
        title = f"{what}: {buffer.size:,} bytes at {buffer.offset:,}{where}, {lives}"
        bottom = starts[buffer.region] + buffer.offset
        low, high = bottom / scale * HEIGHT, (bottom + buffer.size) / scale * HEIGHT
        left, right = buffer.first / steps * WIDTH, (buffer.last + 1) / steps * WIDTH
        box = Box(round(left, 2), round(HEIGHT - high, 2), round(right - left, 2), round(high - low, 2), n % _COLORS, title)
        boxes.append(box)
    return Picture(caption, tuple(boxes), steps, plan.arena_bytes, scale)


def _step(plan: Plan, uses: Uses, n: int) -> Step:
    block, graph = plan.blocks[n], uses.graph
    ops = [graph.ops[i] for i in block.ops]
    once = sum(macs(uses, i) for i in block.ops)
    return Step(
        n,
        ", ".join(op.kind for op in ops),
        shape(graph.tensors[ops[-1].outputs[0]].shape),
        tiling(block),
        "; ".join(held(graph, storage) for storage in block.storage),
        block.macs,
        block.macs - once,
        block.instructions,
    )
