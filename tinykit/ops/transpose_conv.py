"""TRANSPOSE_CONV: a convolution of the input drawn out by the stride, with nothing in between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.base import Access, Array, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import activation_bounds, check_shift, int8_scale
from tinykit.ops.filters import biases, channel_scales, check_filter, check_map
from tinykit.ops.fixed_point import quantise_multiplier


def _multipliers(node: Node) -> tuple[np.ndarray, np.ndarray]:
    pairs = [quantise_multiplier(float(scale)) for scale in channel_scales(node, node.input(1).shape[0])]
    return np.array([m for m, _ in pairs], np.int32), np.array([s for _, s in pairs], np.int8)


def _params(node: Node) -> Params:
    outputs, kernel_height, kernel_width, depth = node.input(1).shape
    multipliers, shifts = _multipliers(node)
    low, high = activation_bounds(node)
    fields: dict[str, Field] = {
        "weights": Array("int8_t", node.constant(1)),
        "bias": Array("int32_t", biases(node, outputs).astype(np.int32)),
        "channels.multiplier": Array("int32_t", multipliers),
        "channels.shift": Array("int8_t", shifts),
        "channels.zero_point": int8_scale(node, node.output).zero_point,
        "channels.low": low,
        "channels.high": high,
        "in_zero_point": int8_scale(node, node.input(0)).zero_point,
        "in_width": node.input(0).shape[2],
        "in_channels": depth,
        "out_channels": outputs,
        "kernel_height": kernel_height,
        "kernel_width": kernel_width,
        "stride": node.attrs["stride"][1],
        "left": node.attrs["padding"][2],
    }
    return Params("tk_transpose_conv", fields)


def _macs(node: Node) -> int:
    outputs, height, width, _ = node.input(1).shape
    return node.input(0).elements * outputs * height * width


def cost(node: Node) -> Mapping[str, float]:
    """Multiplications that count, runs of them, and outputs."""
    macs = _macs(node)
    return {"mac": macs, "run": macs / node.input(0).shape[3], "output": node.output.elements}


class TransposeConv(Operator):
    kind = "TRANSPOSE_CONV"
    kernels = (
        Kernel(
            "tk_transpose_conv_row_s8",
            "tk_transpose_conv",
            True,
            _params,
            any_width=False,
            cost=cost,
        ),
    )

    def check_shapes(self, node: Node) -> None:
        """Raise InputError unless the filters suit the map."""
        check_map(node, node.input(0))
        check_map(node, node.output)
        depth = node.input(1).shape[3]
        if depth != node.input(0).shape[3]:
            raise InputError(f"{node.where}: weights for {depth} channels, but the input has {node.input(0).shape[3]}")

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        outputs = node.input(1).shape[0]
        check_filter(node, outputs, axis=0)
        magnitudes = np.abs(node.constant(1).astype(np.int64)).reshape(outputs, -1).sum(axis=1)
        if int((np.abs(biases(node, outputs)) + 255 * magnitudes).max()) >= 1 << 31:
            raise InputError(f"{node.where}: a bias is too large for a 32-bit sum")
        check_shift(node, int(_multipliers(node)[1].max()))

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((1, *node.attrs["size"], node.input(1).shape[0]),)

    def region(self, node: Node, index: int) -> Region | None:
        _, height, width, _ = node.input(1).shape
        top, _, left, _ = node.attrs["padding"]
        rows, cols = node.attrs["stride"]
        return Region(
            Access(before=height - 1 - top, extent=height, spread=rows),
            Access(before=width - 1 - left, extent=width, spread=cols),
        )

    def macs(self, node: Node) -> int:
        return _macs(node)


TRANSPOSE_CONV = TransposeConv()
