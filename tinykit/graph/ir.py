"""The intermediate representation: a small, typed, immutable graph of quantised operators.

A `Graph` is never changed; a pass returns a new one. Tensors and operators name each other by tensor id, so that
`dataclasses.replace` is all a pass needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np

Shape = tuple[int, ...]


class DType(Enum):
    """Element type; `value` is numpy's name for it."""

    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    BOOL = "bool"

    @property
    def numpy(self) -> np.dtype[Any]:
        return np.dtype(self.value)

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self.numpy.itemsize


@dataclass(frozen=True)
class Quant:
    """Affine quantisation, real = scale × (stored − zero_point).

    `scale` and `zero_point` have one entry, or one for each index along `axis` (per channel). Scales are the file's
    float32 values held exactly.
    """

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scale) > 1


@dataclass(frozen=True, eq=False)
class Tensor:
    """One value: `data` holds a constant's elements, `alias_of` the tensor whose bytes a reshaped view shares.

    A variable has `initial` elements before the first inference, and from one to the next keeps what was written last.
    """

    name: str
    shape: Shape
    dtype: DType
    quant: Quant | None = None
    data: np.ndarray[Any, Any] | None = None
    alias_of: int | None = None
    initial: np.ndarray[Any, Any] | None = None

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * self.dtype.size

    @property
    def rows(self) -> int:
        """Height of an NHWC map of batch 1; 1 for anything that has no rows."""
        return self.shape[1] if len(self.shape) == 4 and self.shape[0] == 1 else 1

    @property
    def row_bytes(self) -> int:
        return self.bytes // max(self.rows, 1)


@dataclass(frozen=True, eq=False)
class Op:
    """One operator. `inputs` holds tensor ids, None where an optional input is absent.

    `attrs` are resolved by the reader: paddings are explicit numbers (top, bottom, left, right), never SAME or VALID.
    `label` says where it stands in the file, for messages and for comments in the generated C.
    """

    kind: str
    inputs: tuple[int | None, ...]
    outputs: tuple[int, ...]
    attrs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""


@dataclass(frozen=True)
class Port:
    """One input or output of the model: the tensor the graph computes with, and the type its caller sees.

    `dtype` differs from the tensor's where a QUANTIZE or DEQUANTIZE at the edge became part of the API.
    """

    tensor: int
    name: str
    dtype: DType


@dataclass(frozen=True, eq=False)
class Graph:
    """A model: operators in execution order over numbered tensors."""

    name: str
    tensors: Mapping[int, Tensor]
    ops: tuple[Op, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    source: str = ""
    sha256: str = ""

    def storage(self, tensor: int) -> int:
        """The tensor whose bytes hold `tensor`: itself, or what it is a view of."""
        while (root := self.tensors[tensor].alias_of) is not None:
            tensor = root
        return tensor

    def is_constant(self, tensor: int) -> bool:
        return self.tensors[tensor].data is not None

    @property
    def variables(self) -> tuple[int, ...]:
        """The tensors that keep their value from one inference to the next."""
        return tuple(i for i, tensor in self.tensors.items() if tensor.initial is not None)

    def is_variable(self, tensor: int) -> bool:
        return self.tensors[self.storage(tensor)].initial is not None

    def producer(self, tensor: int) -> Op | None:
        """The operator that writes `tensor` (through views), None for an input, a constant or a variable."""
        root = self.storage(tensor)
        return None if self.is_variable(root) else next((op for op in self.ops if root in op.outputs), None)

    def consumers(self, tensor: int) -> list[Op]:
        """The operators that read the bytes of `tensor`, through any view."""
        root = self.storage(tensor)
        return [op for op in self.ops if any(i is not None and self.storage(i) == root for i in op.inputs)]
