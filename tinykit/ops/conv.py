"""CONV_2D: int8, per-channel weights, any kernel size, stride, dilation and padding; and its 1×1 case."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import int8_scale
from tinykit.ops.filters import (
    biases,
    channel_fields,
    channel_scales,
    check_filter,
    check_map,
    edge_pixels,
    folded_biases,
    reaches_outside,
    window_region,
    window_shape,
)


def _kernel_size(node: Node) -> tuple[int, int]:
    return node.input(1).shape[1], node.input(1).shape[2]


def _params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, height, width, depth = weights.shape
    flat = weights.reshape(outputs, -1)
    fields: dict[str, Field] = {
        "weights": Array("int8_t", weights),
        "bias": Array("int32_t", folded_biases(node, flat).astype(np.int32)),
        **channel_fields(node, flat, channel_scales(node, outputs)),
        "offset": -int8_scale(node, node.input(0)).zero_point,
        "in_width": node.input(0).shape[2],
        "in_channels": depth,
        "out_channels": outputs,
        "kernel_height": height,
        "kernel_width": width,
        "stride": node.attrs["stride"][1],
        "left": node.attrs["padding"][2],
        "row_dilation": node.attrs["dilation"][0],
        "dilation": node.attrs["dilation"][1],
    }
    if reaches_outside(node, (height, width)):
        fields["edge_bias"] = Array("int32_t", biases(node, outputs).astype(np.int32))
    return Params("tk_conv", fields)


def _cost(node: Node) -> Mapping[str, float]:
    outputs, height, width, depth = node.input(1).shape
    pixels = math.prod(node.output.shape[1:3])
    edges = edge_pixels(node, (height, width))
    pairs, taps = -(-outputs // 2), height * width * depth
    whole = pixels - edges
    return {
        "mac": whole * outputs * taps,
        "run": whole * pairs * height,
        "edge_mac": edges * outputs * taps,
        "edge_run": edges * pairs * height,
        "output": pixels * outputs,
        "pixel": pixels,
        "call": 1,
    }


def _point_cost(node: Node) -> Mapping[str, float]:
    outputs, _, _, depth = node.input(1).shape
    pixels = math.prod(node.output.shape[1:3])
    return {
        "mac": pixels * outputs * depth,
        "tail": pixels * outputs * (depth % 4),
        "output": pixels * outputs,
        "pixel": pixels,
        "call": 1,
    }


def _is_pointwise(node: Node, core: Core) -> bool:
    return _kernel_size(node) == (1, 1) and node.attrs["stride"] == (1, 1) and node.attrs["padding"] == (0, 0, 0, 0)


class Conv2D(Operator):
    """A convolution of an NHWC map with filters [outputs, height, width, inputs]."""

    kind = "CONV_2D"
    kernels = (
        Kernel("tk_pointwise_row_s8", "tk_conv", True, _params, accepts=_is_pointwise, cost=_point_cost),
        Kernel("tk_conv_row_s8", "tk_conv", True, _params, any_width=False, cost=_cost),
    )

    def check(self, node: Node) -> None:
        check_map(node, node.input(0))
        weights = node.input(1)
        if len(weights.shape) != 4:
            raise InputError(f"{node.where}: weights '{weights.name}' must have 4 dimensions")
        if weights.shape[3] != node.input(0).shape[3]:
            raise InputError(
                f"{node.where}: filters of depth {weights.shape[3]} on {node.input(0).shape[3]} channels; "
                "grouped convolution is not supported"
            )
        check_filter(node, weights.shape[0], 0)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((1, *window_shape(node, _kernel_size(node)), node.input(1).shape[0]),)

    def region(self, node: Node, index: int) -> Region | None:
        return window_region(node, _kernel_size(node))

    def macs(self, node: Node) -> int:
        return math.prod(node.output.shape) * math.prod(node.input(1).shape[1:])


CONV_2D = Conv2D()
