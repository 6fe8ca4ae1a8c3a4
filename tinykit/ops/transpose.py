"""TRANSPOSE."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Kernel, Node, Operator, Params
from tinykit.ops.checks import check_same_type

_LOOPS = 5


def _walk(node: Node) -> list[Axis] | None:
    """Axes of the output with their steps in the input, in bytes."""
    shape = node.input().shape
    size = node.input().dtype.size
    axes = [(count, step * size) for count, step in zip(shape, strides(shape), strict=True)]
    return padded(joined([*(axes[axis] for axis in node.attrs["perm"]), (size, 1)]) or [(1, 1)], _LOOPS, 1)


def _params(node: Node) -> Params:
    walk = _walk(node)
    assert walk is not None
    count, stride = zip(*walk, strict=True)
    return Params("tk_transpose", {"count": braces(count), "stride": braces(stride)})


def _cost(node: Node) -> Mapping[str, float]:
    walk = _walk(node)
    assert walk is not None
    run, step = walk[-1]
    outputs = node.output.bytes
    return {"copied" if step == 1 else "gathered": outputs, "run": outputs / run}


class Transpose(Operator):
    kind = "TRANSPOSE"
    kernels = (Kernel("tk_transpose_s8", "tk_transpose", rows=False, params=_params, cost=_cost),)

    def check(self, node: Node) -> None:
        check_same_type(node, node.input(), node.output)
        if _walk(node) is None:
            raise InputError(f"{node.where}: a permutation of more than {_LOOPS} axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (tuple(node.input().shape[axis] for axis in node.attrs["perm"]),)


TRANSPOSE = Transpose()
