"""MEAN and SUM of float32, summed in the order of the elements as the reference does."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.ops.axes import braces
from tinykit.ops.base import Field, Kernel, Node, Operator, Params
from tinykit.ops.float32.checks import check_real
from tinykit.ops.mean import Mean, axes, count


def _params(node: Node) -> Params:
    fields: dict[str, Field] = {}
    for name, reduced in (("kept", False), ("reduced", True)):
        found = axes(node, reduced=reduced)
        assert found is not None
        fields |= {name: braces([size for size, _ in found]), f"{name}_stride": braces([step for _, step in found])}
    return Params("tk_real_mean", {**fields, "divisor": float(count(node) if node.op.kind == "MEAN" else 1)})


class _Real(Mean):
    kernels = (
        Kernel(
            "tk_real_mean_f32",
            "tk_real_mean",
            rows=False,
            params=_params,
            cost=lambda node: {"value": node.input().elements, "output": node.output.elements},
        ),
    )
    reducers = ()

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def check(self, node: Node) -> None:
        check_real(node, node.input())
        check_real(node, node.output)
        if axes(node, reduced=False) is None or axes(node, reduced=True) is None:
            raise InputError(f"{node.where}: reducing this pattern of axes is not supported")


OPERATORS: tuple[Operator, ...] = (_Real("MEAN"), _Real("SUM"))
