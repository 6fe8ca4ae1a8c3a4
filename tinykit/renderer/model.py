"""A planned graph as the values its C templates need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Graph, Port
from tinykit.ops.base import Array
from tinykit.planner.format import Arena, Plan
from tinykit.planner.regions import MAIN
from tinykit.planner.uses import Uses
from tinykit.renderer.blocks import Arrival, BlockCode, block_code
from tinykit.renderer.constants import Constants, ConstArray
from tinykit.renderer.text import comment, float_literal, shape
from tinykit.version import VERSION

if TYPE_CHECKING:
    from tinykit.renderer.frontend import FrontEndCode

_API_TYPES = {DType.INT8: 0, DType.UINT8: 1, DType.INT16: 2, DType.FLOAT32: 3, DType.INT32: 4}


@dataclass(frozen=True)
class ParamStruct:
    """One operator's constant parameter struct."""

    op: int
    ctype: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class PortCode:
    """One input or output in C."""

    function: str
    name: str
    place: str
    ctype: str
    dtype: int
    is_float: bool
    """float outside, an integer inside."""
    flips: bool
    """uint8 outside, int8 inside: the sign bit is flipped on the way."""
    dims: tuple[int, ...]
    tensor_bytes: int
    api_bytes: int
    scale: str
    scale_text: str
    zero_point: int
    streamed: bool = False
    """Arrives in pieces and is never stored whole."""

    @property
    def macro(self) -> str:
        return self.function.upper()

    @property
    def shape(self) -> str:
        return shape(self.dims)

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def elements(self) -> int:
        return math.prod(self.dims)

    @property
    def api_type(self) -> str:
        """The C type its caller gives."""
        return "float" if self.is_float else "uint8_t" if self.flips else self.ctype

    @property
    def element_bytes(self) -> int:
        """Of the tensor behind the port."""
        return self.tensor_bytes // math.prod(self.dims)

    @property
    def values(self) -> str:
        """The tensor behind the port as an array of its elements, in C."""
        return self.place if self.ctype == "int8_t" else f"(({self.ctype} *)(void *){self.place})"

    @property
    def quantise(self) -> str:
        """The C function that makes an element of a float."""
        return "tk_quantise16" if self.ctype == "int16_t" else "tk_quantise"

    @property
    def cast(self) -> str:
        return "" if self.ctype == "int8_t" else f"({self.ctype} *)(void *)"

    @property
    def cast_const(self) -> str:
        return "" if self.ctype == "int8_t" else f"(const {self.ctype} *)(const void *)"


@dataclass(frozen=True)
class VariableCode:
    """A tensor that keeps its value between inferences, and its first value: one byte throughout, or an array."""

    place: str
    name: str
    bytes: int
    fill: int | None
    array: str


@dataclass(frozen=True)
class ArenaCode:
    """A memory region's share of the arena: the C array `name`, whose size the macro `macro` tells."""

    region: str
    name: str
    macro: str
    bytes: int

    @property
    def main(self) -> bool:
        return self.region == MAIN


@dataclass(frozen=True)
class ModelCode:
    """Everything the templates of one model need."""

    prefix: str
    title: str
    info: str
    hash: tuple[str, ...]
    arena_bytes: int
    arenas: list[ArenaCode]
    buffers: list[str]
    places: list[tuple[str, str, int]]
    """Name, array and offset of each buffer."""
    headers: list[str]
    params: list[ParamStruct]
    arrays: list[ConstArray]
    blocks: list[BlockCode]
    inputs: list[PortCode]
    outputs: list[PortCode]
    kernel_sources: tuple[str, ...]
    variables: list[VariableCode]
    frontend: FrontEndCode | None = None
    version: str = VERSION

    @property
    def upper(self) -> str:
        return self.prefix.upper()

    @property
    def arrival(self) -> Arrival | None:
        """How the input comes in, where it is streamed."""
        return next((b.streamed for b in self.blocks if b.streamed), None)

    @property
    def variable_bytes(self) -> int:
        return sum(v.bytes for v in self.variables)

    @property
    def converts(self) -> bool:
        return any(p.is_float for p in (*self.inputs, *self.outputs))


def model_code(graph: Graph, plan: Plan, uses: Uses) -> ModelCode:
    """The C of `graph` under `plan`, as values for the templates."""
    constants = Constants(graph.name)
    params = []
    kernels = [
        uses.choices(op, reduces=b.reduces and op == b.ops[-1])[plan.kernels[op]] for b in plan.blocks for op in b.ops
    ]
    for op, (kernel, node) in enumerate(zip(kernels, uses.nodes, strict=True)):
        struct = kernel.params(node)
        params.append(ParamStruct(op, struct.ctype, constants.initialisers(op, struct)))
    variables = [_variable(graph, constants, tensor) for tensor in uses.variables]
    sources = tuple(dict.fromkeys(kernel.source for kernel in kernels))
    arenas = [_arena(graph.name, arena) for arena in plan.arenas]
    names = {arena.region: arena.name for arena in arenas}
    return ModelCode(
        prefix=graph.name,
        title=comment(graph.name),
        info=f"{len(graph.ops)} operators in {len(plan.blocks)} blocks, arena {plan.arena_bytes} bytes",
        hash=tuple(f"0x{byte:02x}" for byte in bytes.fromhex(graph.sha256)),
        arena_bytes=plan.arena_bytes,
        buffers=_buffer_table(graph, plan),
        arenas=arenas,
        places=[
            (f"T{b.tensor}" if b.tensor is not None else b.name.upper(), names[b.region], b.offset) for b in plan.buffers
        ],
        headers=[f"{source}.h" for source in sources],
        params=params,
        arrays=constants.arrays,
        blocks=[block_code(uses, plan, i) for i in range(len(plan.blocks))],
        inputs=_ports(graph, graph.inputs, "input", streamed=plan.stream_input),
        outputs=_ports(graph, graph.outputs, "output"),
        kernel_sources=sources,
        variables=variables,
    )


def _variable(graph: Graph, constants: Constants, tensor: int) -> VariableCode:
    value = graph.tensors[tensor]
    assert value.initial is not None
    first = np.frombuffer(value.initial.tobytes(), np.int8)
    same = bool(np.all(first == first[0]))
    array = "" if same else constants.array(f"{graph.name}_variable{tensor}", Array("int8_t", first))
    return VariableCode(f"T{tensor}", comment(value.name), value.bytes, int(first[0]) if same else None, array)


def _arena(prefix: str, arena: Arena) -> ArenaCode:
    suffix = "" if arena.region == MAIN else f"_{arena.region}"
    return ArenaCode(arena.region, f"{prefix}_arena{suffix}", f"{prefix}_ARENA{suffix}_BYTES".upper(), arena.size)


def _buffer_table(graph: Graph, plan: Plan) -> list[str]:
    """One line a buffer, by address."""
    lines = []
    for b in sorted(plan.buffers, key=lambda b: (b.region, b.offset, b.first)):
        what = (
            "scratch"
            if b.tensor is None
            else f"[{shape(graph.tensors[b.tensor].shape)}] " + comment(graph.tensors[b.tensor].name, 40)
        )
        where = f"{b.region} " if len(plan.arenas) > 1 else ""
        lines.append(f"{where}{b.offset:7d} .. {b.offset + b.size:7d}  blocks {b.first:2d} .. {b.last:2d}  {b.name} {what}")
    return lines


def _ports(graph: Graph, ports: tuple[Port, ...], role: str, *, streamed: bool = False) -> list[PortCode]:
    return [_port(graph, port, role if len(ports) == 1 else f"{role}{i}", streamed) for i, port in enumerate(ports)]


def _port(graph: Graph, port: Port, function: str, streamed: bool) -> PortCode:
    tensor = graph.tensors[port.tensor]
    if graph.is_constant(graph.storage(port.tensor)):
        raise InputError(
            f"{graph.source}: output '{tensor.name}' is a constant, which no firmware computes",
            hint="export the model without this output",
        )
    if port.dtype not in _API_TYPES:
        raise InputError(
            f"{graph.source}: {port.dtype.value} tensor '{tensor.name}' cannot be an input or output of the firmware"
        )
    scale = tensor.quant.scale[0] if tensor.quant else 1.0
    return PortCode(
        function=function,
        name=comment(port.name),
        place=f"T{graph.storage(port.tensor)}",
        ctype="float" if tensor.dtype is DType.FLOAT32 else f"{tensor.dtype.value}_t",
        dtype=_API_TYPES[port.dtype],
        is_float=port.dtype is DType.FLOAT32 and tensor.dtype is not DType.FLOAT32,
        flips=port.dtype is DType.UINT8 and tensor.dtype is DType.INT8,
        dims=tensor.shape or (1,),
        tensor_bytes=tensor.bytes,
        api_bytes=tensor.elements * port.dtype.size,
        scale=float_literal(scale),
        scale_text=f"{scale:.9g}",
        zero_point=tensor.quant.zero_point[0] if tensor.quant else 0,
        streamed=streamed,
    )
