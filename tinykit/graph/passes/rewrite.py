"""Small steps all passes share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tinykit.graph.ir import Graph, Op, Tensor


def with_ops(graph: Graph, ops: Iterable[Op], tensors: Mapping[int, Tensor] | None = None) -> Graph:
    """`graph` with other operators and, where given, other tensors."""
    changed = graph.tensors if tensors is None else MappingProxyType(dict(tensors))
    return replace(graph, ops=tuple(ops), tensors=changed)


def with_attrs(op: Op, **attrs: Any) -> Op:
    """`op` with some attributes changed."""
    return replace(op, attrs=MappingProxyType({**op.attrs, **attrs}))


def as_views(graph: Graph, views: Mapping[int, int], ops: Iterable[Op]) -> Graph:
    """`graph` with `ops`, where each tensor of `views` has become a view of another."""
    tensors = {**graph.tensors, **{t: replace(graph.tensors[t], alias_of=of) for t, of in views.items()}}
    return with_ops(graph, ops, tensors)


def is_output(graph: Graph, tensor: int) -> bool:
    return any(port.tensor == tensor for port in graph.outputs)
