"""RELU, RELU6 and LEAKY_RELU of int16: a straight line on either side of 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinykit.ops.base import Field, Kernel, Node, Params
from tinykit.ops.checks import check_shift
from tinykit.ops.fixed_point import Scale, activation_range, quantise_multiplier
from tinykit.ops.int16.checks import ENDS, int16_scale
from tinykit.ops.unary import Unary, channels_of, per_output

_SAME = (1 << 30, 1)


class UnaryInt16(Unary):
    def check(self, node: Node) -> None:
        int16_scale(node, node.input())
        int16_scale(node, node.output)


def _ratio(node: Node) -> tuple[int, int]:
    return quantise_multiplier(int16_scale(node, node.input()) / int16_scale(node, node.output))


def _params(node: Node, above: tuple[int, int], below: tuple[int, int], ends: tuple[int, int], falling: bool = False) -> Params:
    fields: dict[str, Field] = {
        "multiplier": above[0],
        "shift": above[1],
        "below_multiplier": below[0],
        "below_shift": below[1],
        "falling": int(falling),
        "low": ends[0],
        "high": ends[1],
        "channels": channels_of(node.output.shape),
    }
    return Params("tk_scale_s16", fields)


def _relu(node: Node) -> Params:
    ends = activation_range("relu", Scale(int16_scale(node, node.output), 0), ENDS)
    return _params(node, _ratio(node), _ratio(node), ends)


def _six(node: Node) -> int:
    """6 as tflite_micro stores it; like there, by the input's quantisation."""
    return int(np.floor(np.float32(6) / np.float32(int16_scale(node, node.input())) + np.float32(0.5)))


def _relu6(node: Node) -> Params:
    return _params(node, _SAME, _SAME, (0, min(_six(node), ENDS[1])))


def _slope(node: Node) -> float:
    alpha: float = node.attrs["alpha"]
    return int16_scale(node, node.input()) * alpha / int16_scale(node, node.output)


def _leaky_relu(node: Node) -> Params:
    slope = _slope(node)
    return _params(node, _ratio(node), quantise_multiplier(abs(slope)), ENDS, slope < 0)


def _kernel(params: Callable[[Node], Params]) -> tuple[Kernel, ...]:
    return (Kernel("tk_scale_row_s16", "tk_scale_s16", True, params, cost=per_output),)


class ReluInt16(UnaryInt16):
    kind = "RELU"
    kernels = _kernel(_relu)

    def check(self, node: Node) -> None:
        super().check(node)
        check_shift(node, _ratio(node)[1])


class Relu6Int16(UnaryInt16):
    kind = "RELU6"
    kernels = _kernel(_relu6)


class LeakyReluInt16(UnaryInt16):
    kind = "LEAKY_RELU"
    kernels = _kernel(_leaky_relu)

    def check(self, node: Node) -> None:
        super().check(node)
        check_shift(node, _ratio(node)[1])
        check_shift(node, quantise_multiplier(abs(_slope(node)))[1])


RELU = ReluInt16()
RELU6 = Relu6Int16()
LEAKY_RELU = LeakyReluInt16()
