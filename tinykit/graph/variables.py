"""What a file says of variables, resolved: each is one tensor that keeps its value from one inference to the next.

A VAR_HANDLE names a variable, CALL_ONCE runs a subgraph that gives it a first value. Both are gone afterwards: READ_VARIABLE and
ASSIGN_VARIABLE read and write the tensor itself. Tensors marked as variable in the file are such tensors from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tinykit.graph.ir import DType, Op, Quant, Tensor
from tinykit.graph.options import Malformed

Name = tuple[bytes, bytes]
Body = tuple[Mapping[int, Tensor], Sequence[Op]]
"""Tensors and operators of a subgraph."""

_ACCESSES = ("READ_VARIABLE", "ASSIGN_VARIABLE")
_KEEPERS = (*_ACCESSES, "SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM")


def first_value(tensor: Tensor) -> np.ndarray[Any, Any]:
    """What tflite_micro fills a variable with: the bytes of its zero point's lowest eight bits."""
    zero = tensor.quant.zero_point[0] if tensor.quant is not None else 0
    element = np.full(tensor.dtype.size, zero & 0xFF, np.uint8).view(tensor.dtype.numpy)[0]
    return np.broadcast_to(element, tensor.shape)


def marked(name: str, shape: tuple[int, ...], dtype: DType, quant: Quant | None) -> Tensor:
    """A tensor that the file marks as variable; only int8 ones begin at their zero point."""
    tensor = Tensor(name, shape, dtype, quant)
    return replace(tensor, initial=first_value(tensor if dtype is DType.INT8 else replace(tensor, quant=None)))


def resolve(body: Body, subgraph: Callable[[int], Body]) -> tuple[dict[int, Tensor], tuple[Op, ...], set[int]]:
    """Tensors and operators without handles, and the subgraphs that were run; `subgraph` reads one by its index.

    Raises Malformed for variables that have no value or more than one type.
    """
    return _Resolver(body, subgraph).resolve()


def check_uses(tensors: Mapping[int, Tensor], ops: Iterable[Op], ports: Iterable[int]) -> None:
    """Raise Malformed where a variable is more than one operator's own state."""
    kept = {i for i, tensor in tensors.items() if tensor.initial is not None}
    owners: dict[int, Op] = {}
    for tensor in ports:
        if tensor in kept:
            raise Malformed(f"variable '{tensors[tensor].name}' is listed among the model's inputs or outputs")
    for op in ops:
        for used in (t for t in (*op.inputs, *op.outputs) if t in kept):
            assert used is not None
            written = used in op.outputs and op.kind != "ASSIGN_VARIABLE"
            shared = op.kind not in _ACCESSES and owners.setdefault(used, op) is not op
            if op.kind not in _KEEPERS or written or shared:
                raise Malformed(f"{op.label} cannot use variable '{tensors[used].name}'")


class _Resolver:
    def __init__(self, body: Body, subgraph: Callable[[int], Body]) -> None:
        self.tensors, self.ops = dict(body[0]), body[1]
        self.subgraph = subgraph
        self.values: dict[Name, Tensor] = {}
        self.ids: dict[Name, int] = {}
        self.used: set[int] = set()

    def resolve(self) -> tuple[dict[int, Tensor], tuple[Op, ...], set[int]]:
        handles = _handles(self.ops)
        first = next((n for n, op in enumerate(self.ops) if op.kind in _ACCESSES), len(self.ops))
        for n, op in enumerate(self.ops):
            if op.kind == "CALL_ONCE":
                if n > first:
                    raise Malformed(f"{op.label} initialises variables after one was read or written")
                self.initialise(op)
        for op in self.ops:
            if op.kind == "ASSIGN_VARIABLE":
                value = self.tensors[_given(op, 1)]
                self.values.setdefault(_named(op, handles), replace(value, data=first_value(value)))
        ops = [self.access(op, handles) if op.kind in _ACCESSES else op for op in self.ops]
        return self.tensors, tuple(op for op in ops if op.kind not in ("VAR_HANDLE", "CALL_ONCE")), self.used

    def initialise(self, once: Op) -> None:
        """Take the first values that a subgraph assigns."""
        index = once.attrs["subgraph"]
        self.used.add(index)
        tensors, ops = self.subgraph(index)
        handles = _handles(ops)
        for op in ops:
            if op.kind == "VAR_HANDLE":
                continue
            value = tensors[_given(op, 1)] if op.kind == "ASSIGN_VARIABLE" else None
            if value is None or value.data is None:
                raise Malformed(f"{once.label} initialises variables by more than constants ({op.label})")
            self.values[_named(op, handles)] = value

    def access(self, op: Op, handles: Mapping[int, Name]) -> Op:
        """A read or write of the variable's own tensor."""
        variable = self.variable(op, _named(op, handles))
        reads = op.kind == "READ_VARIABLE"
        kept, other = self.tensors[variable], self.tensors[op.outputs[0] if reads else _given(op, 1)]
        if (kept.dtype, kept.elements) != (other.dtype, other.elements):
            raise Malformed(f"{op.label}: tensor '{other.name}' has not the type and size of variable '{kept.name}'")
        return replace(op, inputs=(variable,)) if reads else replace(op, inputs=(op.inputs[1],), outputs=(variable,))

    def variable(self, op: Op, name: Name) -> int:
        if name not in self.values:
            raise Malformed(f"{op.label} reads a variable that has no value")
        if name not in self.ids:
            self.ids[name] = max(self.tensors) + 1
            value = self.values[name]
            text = name[1].decode("utf-8", "replace")[:200]
            shown = "".join(c if c.isprintable() else "?" for c in text) or "variable"
            self.tensors[self.ids[name]] = replace(value, name=shown, data=None, initial=value.data)
        return self.ids[name]


def _handles(ops: Iterable[Op]) -> dict[int, Name]:
    return {op.outputs[0]: op.attrs["variable"] for op in ops if op.kind == "VAR_HANDLE"}


def _named(op: Op, handles: Mapping[int, Name]) -> Name:
    handle = op.inputs[0]
    if handle is None or handle not in handles:
        raise Malformed(f"{op.label} names no variable")
    return handles[handle]


def _given(op: Op, index: int) -> int:
    tensor = op.inputs[index]
    if tensor is None:
        raise Malformed(f"{op.label} lacks an input")
    return tensor
