"""CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED of int16 activations with int8 weights.

TFLite sums in 64 bits and rounds once, by a multiplier of 15 bits; where the bias has 32 bits, it sums in 32 and rounds twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.graph.ir import DType
from tinykit.ops.base import Array, Field, Kernel, Node, Params
from tinykit.ops.conv import Conv2D
from tinykit.ops.depthwise_conv import DepthwiseConv2D
from tinykit.ops.filters import check_extents, check_weights
from tinykit.ops.fixed_point import quantise_multiplier
from tinykit.ops.fully_connected import FullyConnected
from tinykit.ops.int16.checks import int16_bounds, int16_scale
from tinykit.ops.transpose_conv import TransposeConv
from tinykit.ops.transpose_conv import cost as drawn_out_cost

_LARGEST = 1 << 47  # what TFLite's wide requantisation takes
_MOST_SHIFT = 7


def _is_narrow(node: Node) -> bool:
    return node.has(2) and node.input(2).dtype is DType.INT32


def _scales(node: Node, outputs: int) -> npt.NDArray[np.float64]:
    """input scale · weight scale / output scale of each output, in double precision."""
    weights = node.quant(node.input(1)).scale
    of_each = np.array(weights if len(weights) > 1 else weights * outputs, np.float64)
    scaled: npt.NDArray[np.float64] = int16_scale(node, node.input(0)) * of_each
    return scaled / int16_scale(node, node.output)


def _biases(node: Node, outputs: int) -> npt.NDArray[np.int64]:
    return node.constant(2).reshape(-1).astype(np.int64) if node.has(2) else np.zeros(outputs, np.int64)


def _channels(node: Node, scales: npt.NDArray[np.float64]) -> dict[str, Field]:
    multipliers, shifts = np.array([quantise_multiplier(float(scale)) for scale in scales], np.int64).T
    narrow = _is_narrow(node)
    if not narrow:
        multipliers = np.where(multipliers < 0x7FFF0000, (multipliers + (1 << 15)) >> 16, 0x7FFF)
        shifts = 15 - shifts
    low, high = int16_bounds(node)
    return {
        "channels.bias": Array("int64_t", _biases(node, len(scales))),
        "channels.multiplier": Array("int32_t", multipliers.astype(np.int32)),
        "channels.shift": Array("int8_t", shifts.astype(np.int8)),
        "channels.low": low,
        "channels.high": high,
        "channels.narrow": int(narrow),
    }


def _check(node: Node, axis: int, scales: npt.NDArray[np.float64]) -> None:
    """Raise InputError unless data, weights and bias are int16, int8 and int64 (or int32), and every sum can be scaled."""
    int16_bounds(node)
    outputs = len(scales)
    check_weights(node, outputs, axis)
    if node.has(2):
        bias = node.input(2)
        node.constant(2)
        if bias.dtype not in (DType.INT32, DType.INT64) or bias.elements != outputs:
            raise InputError(f"{node.where}: bias '{bias.name}' must hold {outputs} int64 or int32 values")
    check_extents(node)
    sums = np.abs(np.moveaxis(node.constant(1), axis, 0).reshape(outputs, -1).astype(np.int64)).sum(axis=1) << 15
    largest = int(np.max(np.abs(_biases(node, outputs).astype(np.float64)) + sums))
    if not _is_narrow(node) and largest >= _LARGEST:
        raise InputError(
            f"{node.where}: a bias is too large for a 48-bit sum", hint="the file is damaged or was quantised wrongly"
        )
    most = 30 if _is_narrow(node) else _MOST_SHIFT
    if any(quantise_multiplier(float(scale))[1] > most for scale in scales):
        raise InputError(f"{node.where}: the output's scale is too small for its inputs'")


def _map(node: Node) -> dict[str, Field]:
    return {
        "weights": Array("int8_t", node.constant(1)),
        "in_width": node.input(0).shape[2],
        "in_channels": node.input(0).shape[3],
        "out_channels": node.output.shape[3],
        "kernel_height": node.input(1).shape[1],
        "kernel_width": node.input(1).shape[2],
        "stride": node.attrs["stride"][1],
        "left": node.attrs["padding"][2],
    }


def _window(node: Node) -> dict[str, Field]:
    return {
        **_map(node),
        "row_dilation": node.attrs["dilation"][0],
        "dilation": node.attrs["dilation"][1],
    }


def _params(node: Node) -> Params:
    return Params("tk_conv_s16", {**_window(node), **_channels(node, _scales(node, node.output.shape[3]))})


def _cost(node: Node) -> Mapping[str, float]:
    outputs = node.output.elements
    return {"mac": CONV_2D.macs(node), "run": outputs * node.input(1).shape[1], "output": outputs}


def _depthwise_cost(node: Node) -> Mapping[str, float]:
    return {"mac": DEPTHWISE_CONV_2D.macs(node), "output": node.output.elements}


class Conv2DInt16(Conv2D):
    kernels = (Kernel("tk_conv_row_s16", "tk_conv_s16", True, _params, any_width=False, cost=_cost),)

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        _check(node, 0, _scales(node, node.input(1).shape[0]))


class DepthwiseConv2DInt16(DepthwiseConv2D):
    kernels = (Kernel("tk_depthwise_row_s16", "tk_conv_s16", True, _params, any_width=False, cost=_depthwise_cost),)

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        _check(node, 3, _scales(node, node.input(1).shape[3]))
        _check_wide(node)


def _check_wide(node: Node) -> None:
    if _is_narrow(node):
        raise InputError(f"{node.where}: its int16 kind needs an int64 bias, as tflite_micro does")


def _drawn_out_params(node: Node) -> Params:
    return Params("tk_transpose_conv_s16", {**_map(node), **_channels(node, _scales(node, node.output.shape[3]))})


class TransposeConvInt16(TransposeConv):
    kernels = (
        Kernel(
            "tk_transpose_conv_row_s16", "tk_transpose_conv_s16", True, _drawn_out_params, any_width=False, cost=drawn_out_cost
        ),
    )

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        _check(node, 0, _scales(node, node.input(1).shape[0]))
        _check_wide(node)


def _dense_params(node: Node) -> Params:
    outputs, inputs = node.input(1).shape
    fields: dict[str, Field] = {
        "weights": Array("int8_t", node.constant(1)),
        **_channels(node, _scales(node, outputs)),
        "batches": node.input(0).elements // inputs,
        "inputs": inputs,
        "outputs": outputs,
    }
    return Params("tk_fully_connected_s16", fields)


def _dense_cost(node: Node) -> Mapping[str, float]:
    return {"mac": FULLY_CONNECTED.macs(node), "output": node.output.elements}


class FullyConnectedInt16(FullyConnected):
    kernels = (Kernel("tk_fully_connected_layer_s16", "tk_fully_connected_s16", False, _dense_params, cost=_dense_cost),)
    reducers = ()

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        _check(node, 0, _scales(node, node.input(1).shape[0]))


CONV_2D = Conv2DInt16()
DEPTHWISE_CONV_2D = DepthwiseConv2DInt16()
FULLY_CONNECTED = FullyConnectedInt16()
TRANSPOSE_CONV = TransposeConvInt16()
