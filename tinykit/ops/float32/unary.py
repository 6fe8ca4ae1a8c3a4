"""ABS, LEAKY_RELU, NEG, RELU, RELU6, RSQRT, SQRT and SQUARE of float32."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.ops.base import Field, Kernel, Node, Operator, Params
from tinykit.ops.float32.checks import check_real
from tinykit.ops.unary import Unary, channels_of

_KINDS = ("ABS", "LEAKY_RELU", "NEG", "RELU", "RELU6", "RSQRT", "SQRT", "SQUARE")


def _params(node: Node) -> Params:
    fields: dict[str, Field] = {"function": f"TK_REAL_{node.op.kind}", "channels": channels_of(node.output.shape)}
    return Params("tk_real_unary", {**fields, "alpha": float(node.attrs.get("alpha", 0.0))})


def _cost(node: Node) -> Mapping[str, float]:
    """Cores without a floating-point unit take from a few to hundreds of instructions for a value."""
    return {node.op.kind.lower(): node.output.elements}


class _Real(Unary):
    kernels = (Kernel("tk_real_row_f32", "tk_real_unary", True, _params, cost=_cost),)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def check(self, node: Node) -> None:
        check_real(node, node.input())
        check_real(node, node.output)


OPERATORS: tuple[Operator, ...] = tuple(_Real(kind) for kind in _KINDS)
REALS_ONLY: tuple[Operator, ...] = tuple(operator for operator in OPERATORS if operator.kind in ("NEG", "SQRT", "SQUARE"))
"""Those that TFLite has in float32 only."""
