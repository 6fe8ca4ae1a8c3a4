"""Operators that are computed in several element types: a declaration for each, chosen by the type of the first input."""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import DType, Shape
from tinykit.ops.base import Core, Kernel, Node, Operator, Region


class Typed(Operator):
    """One operator for the rest of tinykit; `others` serve the types they are named by, `usual` every other."""

    def __init__(self, usual: Operator, others: dict[DType, Operator]) -> None:
        self.kind = usual.kind
        self._usual, self._others = usual, others
        self.kernels = tuple(dict.fromkeys(kernel for each in (usual, *others.values()) for kernel in each.kernels))
        self.reducers = tuple(self._guarded(each, kernel) for each in (usual, *others.values()) for kernel in each.reducers)

    def of(self, node: Node) -> Operator:
        """The declaration that serves this node."""
        return self._others.get(node.input().dtype, self._usual)

    def _guarded(self, declared: Operator, kernel: Kernel) -> Kernel:
        return replace(kernel, accepts=lambda node, core: self.of(node) is declared and kernel.accepts(node, core))

    def check(self, node: Node) -> None:
        self.of(node).check(node)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return self.of(node).infer(node)

    def region(self, node: Node, index: int) -> Region | None:
        return self.of(node).region(node, index)

    def in_place(self, node: Node) -> tuple[int, ...]:
        return self.of(node).in_place(node)

    def macs(self, node: Node) -> int:
        return self.of(node).macs(node)

    def kernel(self, node: Node, core: Core, *, lean: bool = False) -> Kernel:
        return self.of(node).kernel(node, core, lean=lean)
