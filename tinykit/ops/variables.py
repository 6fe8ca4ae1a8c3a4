"""READ_VARIABLE and ASSIGN_VARIABLE: copies from and to a tensor that keeps its value between inferences."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.graph.ir import Shape
from tinykit.ops.base import Kernel, Node, Operator, Params


def _params(node: Node) -> Params:
    return Params("tk_keep", {"bytes": node.output.bytes})


def _cost(node: Node) -> Mapping[str, float]:
    return {"byte": node.output.bytes}


class _Copy(Operator):
    """A whole tensor moved at once: so a block never writes a variable that another part of it still reads."""

    kernels = (Kernel("tk_keep_bytes", "tk_keep", rows=False, params=_params, cost=_cost),)

    def check(self, node: Node) -> None:
        """Any type will do; the reader has compared both sides."""

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (node.output.shape,)


class ReadVariable(_Copy):
    kind = "READ_VARIABLE"


class AssignVariable(_Copy):
    kind = "ASSIGN_VARIABLE"


READ_VARIABLE = ReadVariable()
ASSIGN_VARIABLE = AssignVariable()
