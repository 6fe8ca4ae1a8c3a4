"""L2_NORMALIZATION over the last axis: each value over the root of the sum of squares."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.ops.base import Kernel, Node, Params
from tinykit.ops.checks import int8_scale
from tinykit.ops.unary import Unary, channels_of

_MOST_VALUES = (1 << 31) // 255**2  # whose squares a 32-bit sum takes
_MOST_DIMENSIONS = 4


def _params(node: Node) -> Params:
    zero_point = int8_scale(node, node.input()).zero_point
    return Params("tk_l2_normalization", {"zero_point": zero_point, "channels": channels_of(node.output.shape)})


def _cost(node: Node) -> Mapping[str, float]:
    values = node.output.elements
    return {"value": values, "pixel": values / channels_of(node.output.shape)}


class L2Normalization(Unary):
    kind = "L2_NORMALIZATION"
    kernels = (Kernel("tk_l2_normalization_row_s8", "tk_l2_normalization", rows=True, params=_params, cost=_cost),)

    def check(self, node: Node) -> None:
        super().check(node)
        if node.attrs["activation"] != "none":
            raise InputError(f"{node.where}: a fused activation is not supported, nor is it in tflite_micro")
        if len(node.input().shape) > _MOST_DIMENSIONS or channels_of(node.input().shape) > _MOST_VALUES:
            raise InputError(f"{node.where}: at most {_MOST_DIMENSIONS} dimensions, the last of {_MOST_VALUES:,}, are supported")


L2_NORMALIZATION = L2Normalization()
