"""SOFTMAX over the last axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType
from tinykit.ops.base import Array, Core, Kernel, Node, Params
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints, quantise_multiplier, rounding_doubling_high_mul
from tinykit.ops.gemmlowp import exp_on_negatives
from tinykit.ops.states import one_scale
from tinykit.ops.unary import Unary, channels_of

_INTEGER_BITS = 5  # of exp's argument
_COUNTED = 1 << 11  # smaller exps vanish in the sum's Q12.19, and with them every trace of the value
_MAX_VALUES = 4095  # whose sum stays below 2^31 in Q12.19


def _real_multiplier(node: Node) -> float:
    beta = float(np.float32(node.attrs["beta"]))
    exact = beta * int8_scale(node, node.input()).scale * (1 << (31 - _INTEGER_BITS))
    return min(exact, 2.0**31 - 1.0)


def _exps(node: Node) -> Ints:
    """exp of each difference 0, −1, … from the largest value, as far as it counts."""
    multiplier, shift = quantise_multiplier(_real_multiplier(node))
    radius = math.floor(((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / (1 << shift))
    differences: Ints = -np.arange(min(radius, 255) + 1, dtype=np.int64)
    exps = exp_on_negatives(rounding_doubling_high_mul(differences << shift, multiplier), _INTEGER_BITS)
    return exps[: int(np.flatnonzero(exps >= _COUNTED)[-1]) + 1]


def _params(node: Node) -> Params:
    exps = _exps(node)
    table = Array("int32_t", exps.astype(np.int32))
    return Params("tk_softmax", {"exp": table, "entries": exps.size, "channels": channels_of(node.output.shape)})


def cost_by_pixel(node: Node) -> Mapping[str, float]:
    """Values, and the pixels that they are summed over."""
    values = node.output.elements
    return {"value": values, "pixel": values / channels_of(node.output.shape)}


def _is_wide(node: Node, core: Core) -> bool:
    return node.output.dtype is DType.INT16


class Softmax(Unary):
    kind = "SOFTMAX"
    kernels: tuple[Kernel, ...] = (
        Kernel("tk_softmax_row_s8_s16", "tk_softmax", rows=True, params=_params, accepts=_is_wide, cost=cost_by_pixel),
        Kernel("tk_softmax_row_s8", "tk_softmax", rows=True, params=_params, cost=cost_by_pixel),
    )

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        if node.output.dtype is DType.INT16:
            scale, zero_point = one_scale(node, node.output)
            if zero_point != -32768 or abs(scale * 65536 - 1) > 0.001:
                raise InputError(f"{node.where}: the int16 output of a softmax must have scale 1/65536 and zero point -32768")
        elif int8_scale(node, node.output) != (1 / 256, -128):
            raise InputError(f"{node.where}: the output of a softmax must have scale 1/256 and zero point -128")
        if not _real_multiplier(node) > 1:
            raise InputError(f"{node.where}: beta times the input's scale is too small")
        if not node.input().shape or channels_of(node.input().shape) > _MAX_VALUES:
            raise InputError(f"{node.where}: softmax needs a last axis of at most {_MAX_VALUES} values")


    def in_place(self, node: Node) -> tuple[int, ...]:
        return (0,) if node.input().dtype is node.output.dtype else ()


SOFTMAX = Softmax()
