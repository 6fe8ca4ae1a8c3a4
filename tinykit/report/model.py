"""What a command found out, as one value: every output format is made from it.

A field is None where the command did not look, or could not know.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinykit.errors import DIFFERS, EXACT, NOT_VERIFIED


@dataclass(frozen=True)
class Instructions:
    """Per inference."""

    predicted: int | None = None
    measured: int | None = None
    unit: str = "instructions"
    """What `measured` counts: `instructions`, or `cycles` on hardware."""


@dataclass(frozen=True)
class Sram:
    """Bytes of RAM the firmware uses, of those the board has; `stack` is the measured peak."""

    arena: int | None = None
    static: int | None = None
    stack: int | None = None
    available: int | None = None

    @property
    def used(self) -> int:
        return sum(part or 0 for part in (self.arena, self.static, self.stack))


@dataclass(frozen=True)
class Flash:
    """Bytes of program memory the firmware uses, of those the board has; `constants` are tables and weights."""

    code: int | None = None
    constants: int | None = None
    available: int | None = None

    @property
    def used(self) -> int:
        return (self.code or 0) + (self.constants or 0)


@dataclass(frozen=True)
class PlanSummary:
    """What was searched for and how good the plan is; `lower_bound` in bytes."""

    objective: str
    scheme: str
    stream_input: bool
    work_factor: float
    optimal: bool
    lower_bound: int


@dataclass(frozen=True)
class Accuracy:
    """Fraction of inputs classified as labelled, 0 to 1.

    `float32` and `int8` are of the models run on this computer, `target` of the firmware, over `samples` inputs.
    """

    float32: float | None = None
    int8: float | None = None
    target: float | None = None
    samples: int | None = None


@dataclass(frozen=True)
class Block:
    """One step of the plan: its operators, how they run, bytes in use meanwhile, and instructions of one inference."""

    operators: tuple[str, ...]
    kernels: tuple[str, ...]
    output: tuple[int, ...]
    """Shape of what it computes."""
    tiling: str
    bytes: int
    macs: int
    """Work done, what is computed again included."""
    repeated: int
    """Of these, those beyond computing each result once."""
    predicted: int
    measured: int | None = None


@dataclass(frozen=True)
class Stream:
    """A streamed input: it comes in `rows`, of which the dearest sets off `worst` instructions (predicted) and all together
    `total`. Where one comes every `period` instructions, up to `waiting` of them must be buffered."""

    rows: int
    worst: int
    total: int
    period: int | None = None
    waiting: int | None = None


@dataclass(frozen=True)
class Point:
    """A plan that no other beats in both arena (bytes) and predicted instructions."""

    arena: int
    work_factor: float
    instructions: int


@dataclass(frozen=True)
class Layer:
    """What one activation loses by int8: the float model's outputs against their change in dB, None where nothing changes."""

    layer: str
    """The Keras layer it is named after."""
    operator: str
    shape: tuple[int, ...]
    rounded: float | None
    """With this activation alone in int8."""
    weights: float | None
    """With the weights that make it alone in int8."""
    changed: float
    """Share of inputs on which another output is the largest, with this activation alone in int8."""
    int16: bool
    """Whether it is int16 in the file written."""


@dataclass(frozen=True)
class Inputs:
    """What the firmware was validated on."""

    count: int
    source: str
    """`random`, `family`, or the file or folder they came from."""


@dataclass(frozen=True)
class Report:
    """The outcome of one command."""

    command: str
    model: str | None = None
    board: str | None = None
    target: str | None = None
    compiler: str | None = None
    project: str | None = None
    """The generated project's folder."""
    file: str | None = None
    """The file written, where the command writes one."""
    bit_exact: bool | None = None
    """None: not verified."""
    reference: str | None = None
    """What the outputs were compared with; None where no reference could be run."""
    bytes_compared: int | None = None
    bytes_differing: int | None = None
    inputs: Inputs | None = None
    instructions: Instructions | None = None
    sram: Sram | None = None
    flash: Flash | None = None
    plan: PlanSummary | None = None
    blocks: tuple[Block, ...] | None = None
    stream: Stream | None = None
    pareto: tuple[Point, ...] | None = None
    """`plan --pareto`: fastest first."""
    accuracy: Accuracy | None = None
    layers: tuple[Layer, ...] | None = None
    """`quantize --layers`: the costliest first."""
    notes: tuple[str, ...] = ()
    """What the reader should know beside the figures."""

    @property
    def exit_code(self) -> int:
        """Of a command that verifies: 0 every byte equal, 1 some byte differs, 4 not verified. Of any other: 0."""
        if self.command not in ("deploy", "validate"):
            return EXACT
        if self.bit_exact is None:
            return NOT_VERIFIED
        return EXACT if self.bit_exact else DIFFERS
