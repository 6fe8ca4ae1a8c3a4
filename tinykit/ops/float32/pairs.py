"""ADD, DIV, MAXIMUM, MINIMUM, MUL, SQUARED_DIFFERENCE and SUB of float32 operands, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinykit.graph.ir import Tensor
from tinykit.ops.axes import Axis
from tinykit.ops.base import Field, Kernel, Node, Operator, Params
from tinykit.ops.float32.checks import check_real, real_bounds
from tinykit.ops.pairs import Pair, is_rowwise, operands, row_cost, row_walk, walk

_KINDS = ("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")


def _params(axes: Callable[[Node], list[Axis] | None]) -> Callable[[Node], Params]:
    def params(node: Node) -> Params:
        low, high = real_bounds(node)
        fields: dict[str, Field] = {"function": f"TK_REAL_{node.op.kind}", "low": low, "high": high}
        return Params("tk_real_pairs", {**operands(node, axes(node), ""), **fields})

    return params


def _cost(node: Node) -> Mapping[str, float]:
    terms = dict(row_cost(node))
    terms[node.op.kind.lower()] = terms.pop("output")
    return terms


class _Real(Pair):
    kernels = (
        Kernel("tk_real_pairs_row_f32", "tk_real_pairs", True, _params(row_walk), is_rowwise, cost=_cost),
        Kernel("tk_real_pairs_f32", "tk_real_pairs", False, _params(walk), cost=_cost),
    )

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def check_type(self, node: Node, tensor: Tensor) -> None:
        check_real(node, tensor)
        real_bounds(node)


OPERATORS: tuple[Operator, ...] = tuple(_Real(kind) for kind in _KINDS)
