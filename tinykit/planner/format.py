"""The plan: which operators run together, how each tensor is held, and where every byte lies.

`plan.json` holds exactly these values; `Plan.to_json` and `Plan.from_json` are inverse to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SCHEMA = 1

FLASH = "flash"

Hold = Literal["full", "ring", "line", "window"]
Mode = Literal["layer", "rows", "pixels"]


@dataclass(frozen=True)
class Storage:
    """How a block holds one tensor it produces for itself.

    full: every row; ring: the last `rows` rows; line: the last `rows` rows and `pixels` pixels (the exact sliding
    window), the first `mirror` pixels of the buffer held twice, so that no window breaks at its end; window: only the
    `rows` by `pixels` that its reader needs at a time, computed again in each row of the reader's. `unit`: pixels
    produced at a time, 0 for a whole row.
    """

    tensor: int
    hold: Hold
    rows: int
    pixels: int = 0
    unit: int = 0
    mirror: int = 0
    width: int = 0
    """Pixels of a row that are held, where the block runs in strips; 0: all."""


@dataclass(frozen=True)
class Block:
    """Operators (indices into `Graph.ops`, in order) run as one step.

    layer: one operator, its whole output at once. rows: the last operator's rows are produced one by one, and every
    row it needs is produced when it is needed. pixels: the same with `unit` pixels of a row. `strips` > 1 cuts the output
    into columns. `reduces`: the last operator sums up its input while that is produced. `streamed`: the block's input
    arrives from outside bit by bit and is held as `storage` says.
    """

    ops: tuple[int, ...]
    mode: Mode
    storage: tuple[Storage, ...] = ()
    strips: int = 1
    streamed: bool = False
    unit: int = 0
    reduces: bool = False
    instructions: int = 0
    """Predicted."""
    macs: int = 0
    """Work done, repeated work included."""


@dataclass(frozen=True)
class Buffer:
    """A byte range of a memory region, alive from block `first` to block `last`, both included.

    It holds a tensor (`tensor` is its id) or the kernels' scratch of one block (`tensor` is None).
    """

    name: str
    tensor: int | None
    region: str
    offset: int
    size: int
    first: int
    last: int


@dataclass(frozen=True)
class Overlap:
    """Buffer `write` may share bytes with `read` in block `block`, because reads stay ahead of writes.

    The range that `write` occupies starts at least `distance` bytes below that of `read` (0: at the same place or below,
    for an element-wise operator in place).
    """

    block: int
    write: str
    read: str
    distance: int = 0


@dataclass(frozen=True)
class Arena:
    """A memory region's share of the plan: `size` bytes, aligned to `align`."""

    region: str
    size: int
    align: int = 16


@dataclass(frozen=True)
class Plan:
    """Everything the renderer needs beside the graph, and what the search knows about how good it is."""

    model: str
    model_path: str
    model_sha256: str
    board: str
    core: str
    objective: str
    scheme: str
    stream_input: bool
    blocks: tuple[Block, ...]
    buffers: tuple[Buffer, ...]
    overlaps: tuple[Overlap, ...]
    arenas: tuple[Arena, ...]
    kernels: Mapping[int, str] = field(default_factory=dict)
    """Operator index → C kernel."""
    work_factor: float = 1.0
    """MACs done ÷ MACs of the model."""
    optimal: bool = False
    """No plan in the searched space is better by the objective."""
    weights: str = FLASH
    """Where the weights lie while the model runs: `flash`, or the region that they are copied to at the start."""
    lower_bound: int = 0
    """Bytes below which no plan in the searched space can go, by the objective."""
    schema: int = SCHEMA

    @property
    def arena_bytes(self) -> int:
        return sum(arena.size for arena in self.arenas)

    @property
    def instructions(self) -> int:
        """Predicted for one inference."""
        return sum(block.instructions for block in self.blocks)
