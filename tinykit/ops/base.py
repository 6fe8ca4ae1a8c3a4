"""The operator contract: everything the planner, the renderer and the documentation need to know of an operator.

An operator is one `Operator` in one file of this package. Nothing else in tinykit knows an operator by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Graph, Op, Quant, Shape, Tensor


@dataclass(frozen=True)
class Core:
    """What code generation and cost need to know of a processor core."""

    name: str
    """`cortex-m7`, `cortex-m0`, `rv32imac`, `host` …: the key of the cost tables."""
    dsp: bool = False
    """Has the Armv7E-M / Armv8-M DSP extension (SMLAD, SXTB16, SSAT)."""
    mve: bool = False
    """Has Helium (M-profile vector extension)."""


@dataclass(frozen=True)
class Access:
    """How one axis of an output reads the same axis of an input.

    Output index i reads input indices [i·stride − before, i·stride − before + extent), clipped to the input;
    `before` is the padding in front. With a `spread` these are indices of the input drawn out: v is element v / spread where
    that divides, and nothing elsewhere (row kernels find NULL there).
    """

    stride: int = 1
    before: int = 0
    extent: int = 1
    spread: int = 1

    @property
    def pointwise(self) -> bool:
        return self == Access()

    def interval(self, lo: int, hi: int, size: int) -> tuple[int, int]:
        """The clipped input interval read by the outputs [lo, hi); `size` is the input's extent on this axis."""
        first = lo * self.stride - self.before
        last = (hi - 1) * self.stride - self.before + self.extent
        first, last = -(-first // self.spread), -(-last // self.spread)
        return min(max(first, 0), size), min(max(last, 0), size)


@dataclass(frozen=True)
class Region:
    """Which region of an input an output region reads; an operator without one reads the whole input."""

    rows: Access = Access()
    cols: Access = Access()

    @property
    def pointwise(self) -> bool:
        return self.rows.pointwise and self.cols.pointwise


@dataclass(frozen=True, eq=False)
class Node:
    """An operator with its graph: what the functions of a declaration are given."""

    graph: Graph
    op: Op

    def has(self, index: int) -> bool:
        return index < len(self.op.inputs) and self.op.inputs[index] is not None

    def input(self, index: int = 0) -> Tensor:
        tensor = self.op.inputs[index] if index < len(self.op.inputs) else None
        if tensor is None:
            raise InputError(f"{self.where} has no input {index}", hint="the file is damaged; export it again")
        return self.graph.tensors[tensor]

    @property
    def output(self) -> Tensor:
        return self.graph.tensors[self.op.outputs[0]]

    @property
    def attrs(self) -> Mapping[str, Any]:
        return self.op.attrs

    @property
    def where(self) -> str:
        """`operator 12 CONV_2D (tensor 'x') of model.tflite`, for messages."""
        name = self.graph.tensors[self.op.outputs[0]].name if self.op.outputs else "?"
        return f"{self.op.label or self.op.kind} (tensor '{name}') of {self.graph.source or self.graph.name}"

    def constant(self, index: int) -> np.ndarray[Any, Any]:
        data = self.input(index).data
        if data is None:
            raise InputError(f"{self.where} needs a constant as input {index}")
        return data

    def quant(self, tensor: Tensor) -> Quant:
        if tensor.quant is None:
            raise InputError(
                f"{self.where}: tensor '{tensor.name}' is not quantised",
                hint="quantise the model to int8 first: tinykit quantize MODEL --calibration DATA",
            )
        return tensor.quant


@dataclass(frozen=True, eq=False)
class Array:
    """A constant array of the generated C: `values` in the order they lie in flash."""

    ctype: str
    values: np.ndarray[Any, Any]


def ctype_of(values: np.ndarray[Any, Any]) -> str:
    """The C type of an array's elements."""
    return "float" if values.dtype == np.float32 else f"{values.dtype}_t"


Field = int | float | str | Array


@dataclass(frozen=True)
class Params:
    """The constant parameter struct of one kernel call: C type and designated initialisers."""

    ctype: str
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernel:
    """One C kernel that can run an operator.

    A *row* kernel computes pixels [x0, x1) of one output row:
        void name(const CTYPE *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
    `rows` holds, for each non-constant input in order, `extent` row pointers (NULL where a row lies outside the image).
    A *tensor* kernel computes the whole output:
        void name(const CTYPE *p, const int8_t *const *inputs, int8_t *out, void *scratch)
    A *reducer* (`Operator.reducers`) is given its only input piece by piece, as elements [first, first + count), and keeps
    sums in its scratch, all zero at first:
        void name_add(const CTYPE *p, const int8_t *in, int first, int count, int32_t *sums)
        void name_finish(const CTYPE *p, const int32_t *sums, int8_t *out)
    """

    name: str
    """The C function; also the key of the cost tables."""
    source: str
    """Its file in `firmware_templates/kernels`, without suffix."""
    rows: bool
    """A row kernel (True) or a whole-tensor kernel (False)."""
    params: Callable[[Node], Params]
    """The emitter: what the renderer compiles in for one operator."""
    accepts: Callable[[Node, Core], bool] = lambda node, core: True
    scratch: Callable[[Node], int] = lambda node: 0
    """Bytes of scratch one call needs."""
    cost: Callable[[Node], Mapping[str, float]] = lambda node: {}
    """How often each cost term occurs in computing the whole output, layer by layer (`mac`, `output`, `pixel` …);
    the core's table gives instructions for each. The term `row` is added by the planner for every row call."""
    piece_cost: Callable[[Node, int], Mapping[str, float]] | None = None
    """The same for rows computed in pieces of so many pixels, where that makes a difference."""
    any_width: bool = True
    """A row kernel that never looks at the row's width: where its operator is point-wise, one call may serve all rows.
    A reducer that takes pieces of any size, not only whole pixels."""


class Operator:
    """The declaration of one operator. Subclasses state; they never hold state of their own."""

    kind: str
    """The operator's name in the `.tflite` schema."""
    kernels: tuple[Kernel, ...]
    """In order of preference: the first that accepts a node on a core is used."""
    reducers: tuple[Kernel, ...] = ()
    """Kernels that compute a whole map's reduction while the map is produced, never stored; in order of preference."""

    def check(self, node: Node) -> None:
        """Raise InputError unless this node is supported: types, quantisation, attributes, constant shapes."""
        raise NotImplementedError

    def infer(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of the outputs, from the inputs and attributes alone."""
        raise NotImplementedError

    def region(self, node: Node, index: int) -> Region | None:
        """The region of input `index` an output region reads; None: any output needs the whole input."""
        return None

    def in_place(self, node: Node) -> tuple[int, ...]:
        """Inputs whose bytes the output may replace one for one: elements are computed in rising order, and element i is
        read before output i is written."""
        return ()

    def macs(self, node: Node) -> int:
        """Multiply-accumulates of the whole output, padding included, as the literature counts them."""
        return 0

    def kernel(self, node: Node, core: Core, *, lean: bool = False) -> Kernel:
        """The preferred kernel for this node on this core; `lean`: of those with the least scratch."""
        accepted = [kernel for kernel in self.kernels if kernel.accepts(node, core)]
        if accepted:
            return min(accepted, key=lambda kernel: kernel.scratch(node)) if lean else accepted[0]
        raise InputError(f"{node.where}: no kernel of {self.kind} covers these shapes and types")
