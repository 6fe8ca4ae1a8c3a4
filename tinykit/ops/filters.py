"""What convolutions and dense layers share: per-channel requantisation, and biases with the zero point folded in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops.base import Access, Array, Field, Node, Region
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.fixed_point import (
    INT8_MAX,
    INT8_MIN,
    Ints,
    quantise_multiplier,
    rounding_doubling_high_mul,
    shifted_right,
)

Weights = npt.NDArray[np.int8]
Biases = npt.NDArray[np.int64]

_QUICK_BOUND = 1 << 29
_LONGEST = (1 << 31) - 1
_MAX_EXTENT = 32767


def check_filter(node: Node, outputs: int, axis: int) -> None:
    """Raise InputError unless data, weights and bias are int8, int8 and int32 with `outputs` channels on `axis`."""
    int8_scale(node, node.input(0))
    activation_bounds(node)
    check_weights(node, outputs, axis)
    if node.has(2):
        bias = node.input(2)
        node.constant(2)
        if bias.dtype is not DType.INT32 or bias.elements != outputs:
            raise InputError(f"{node.where}: bias '{bias.name}' must hold {outputs} int32 values")
    check_extents(node)
    folded_biases(node, _by_output(node, axis))


def check_weights(node: Node, outputs: int, axis: int) -> None:
    """Raise InputError unless the weights are a symmetric int8 constant with one scale, or one for each output on `axis`."""
    weights = node.input(1)
    node.constant(1)
    if weights.dtype is not DType.INT8:
        raise InputError(f"{node.where}: weights '{weights.name}' are {weights.dtype.value}, not int8")
    quant = node.quant(weights)
    if any(quant.zero_point):
        raise InputError(
            f"{node.where}: weights '{weights.name}' have a zero point; only symmetric weights are supported",
            hint="quantise the model again with a current converter",
        )
    if quant.per_channel and (len(quant.scale) != outputs or quant.axis != axis):
        raise InputError(f"{node.where}: weights '{weights.name}' need one scale for each of {outputs} outputs")


def check_extents(node: Node) -> None:
    """Raise InputError for sizes that kernels cannot count in 16 bits."""
    if max(*node.input(0).shape[1:], *node.input(1).shape, *node.output.shape[1:]) > _MAX_EXTENT:
        raise InputError(f"{node.where} has a dimension beyond {_MAX_EXTENT}")


def _by_output(node: Node, axis: int) -> Weights:
    """The weights as [outputs, taps]."""
    weights: Weights = np.moveaxis(node.constant(1), axis, 0)
    return weights.reshape(weights.shape[0], -1)


def biases(node: Node, outputs: int) -> Biases:
    """The file's biases, zeros where there are none."""
    return node.constant(2).reshape(-1).astype(np.int64) if node.has(2) else np.zeros(outputs, np.int64)


def folded_biases(node: Node, weights: Weights) -> Biases:
    """bias − zero point · Σ weights, for `weights` [outputs, taps]: what a sum of w·x then starts from.

    Raises InputError where a sum could leave 32 bits; TFLite would overflow there too.
    """
    zero_point = int8_scale(node, node.input(0)).zero_point
    wide = weights.astype(np.int64)
    folded: Biases = biases(node, len(weights)) - zero_point * wide.sum(axis=1)
    if int(np.max(np.abs(folded) + 128 * np.abs(wide).sum(axis=1))) > _LONGEST:
        raise InputError(
            f"{node.where}: a bias is too large for a 32-bit sum", hint="the file is damaged or was quantised wrongly"
        )
    return folded


def multipliers_and_shifts(scales: npt.NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Multipliers and shifts of effective `scales`, one an output."""
    multipliers, shifts = np.array([quantise_multiplier(float(scale)) for scale in scales], np.int64).T
    return multipliers, shifts


def constant_outputs(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Which of the outputs of `weights` [outputs, taps] are the same for every input, and their values.

    Trained networks have such dead channels, and their scales are often beyond what fast kernels round.
    """
    zero_point = int8_scale(node, node.output).zero_point
    bias, wide = folded_biases(node, weights), weights.astype(np.int64)
    low = bias + np.where(wide > 0, INT8_MIN * wide, INT8_MAX * wide).sum(axis=1)
    high = bias + np.where(wide > 0, INT8_MAX * wide, INT8_MIN * wide).sum(axis=1)
    multipliers, shifts = multipliers_and_shifts(scales)
    first, last = (
        np.clip(
            shifted_right(rounding_doubling_high_mul(end, multipliers), np.maximum(-shifts, 0)) + zero_point, INT8_MIN, INT8_MAX
        )
        for end in (low, high)
    )
    return (shifts <= 0) & (first == last), first


def channel_fields(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> dict[str, Field]:
    """The fields of `tk_channels`: effective `scales` (one an output) as multipliers and shifts, and the output's range.

    `quick` says that kernels may round twice in one addition: right shifts of 1 to 23, every possible sum below 2^29.
    """
    pairs = [quantise_multiplier(float(s)) for s in scales]
    multipliers = np.array([m for m, _ in pairs], np.int32)
    shifts = np.array([s for _, s in pairs], np.int64)
    sums = np.abs(folded_biases(node, weights)) + 128 * np.abs(weights.astype(np.int64)).sum(axis=1)
    quick = bool(np.all((shifts <= -1) & (shifts >= -23)) and int(sums.max()) < _QUICK_BOUND)
    low, high = activation_bounds(node)
    return {
        "channels.multiplier": Array("int32_t", multipliers),
        "channels.shift": Array("int8_t", (-shifts if quick else shifts).astype(np.int8)),
        "channels.zero_point": int8_scale(node, node.output).zero_point,
        "channels.low": low,
        "channels.high": high,
        "channels.quick": int(quick),
    }


def channel_scales(node: Node, outputs: int) -> npt.NDArray[np.float64]:
    """input scale · weight scale / output scale of each output, in double precision as TFLite's convolutions do."""
    weights = node.quant(node.input(1)).scale
    of_each = np.array(weights if len(weights) > 1 else weights * outputs, np.float64)
    scaled: npt.NDArray[np.float64] = int8_scale(node, node.input(0)).scale * of_each
    return scaled / int8_scale(node, node.output).scale


def window_region(node: Node, kernel: tuple[int, int]) -> Region:
    """What a sliding window of `kernel` (height, width) reads."""
    attrs: Mapping[str, Any] = node.attrs
    dilation = attrs.get("dilation", (1, 1))
    top, _, left, _ = attrs["padding"]
    return Region(
        Access(attrs["stride"][0], top, (kernel[0] - 1) * dilation[0] + 1),
        Access(attrs["stride"][1], left, (kernel[1] - 1) * dilation[1] + 1),
    )


def window_fields(node: Node, kernel: tuple[int, int]) -> dict[str, Field]:
    """The fields by which every kernel with a sliding window of `kernel` (height, width) knows where it reads."""
    return {
        "in_width": node.input(0).shape[2],
        "kernel_height": kernel[0],
        "kernel_width": kernel[1],
        "stride": node.attrs["stride"][1],
        "left": node.attrs["padding"][2],
        "row_dilation": node.attrs["dilation"][0],
        "dilation": node.attrs["dilation"][1],
    }


def window_shape(node: Node, kernel: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a sliding window's output."""
    top, bottom, left, right = node.attrs["padding"]
    region = window_region(node, kernel)
    height, width = node.input(0).shape[1:3]
    rows = (height + top + bottom - region.rows.extent) // region.rows.stride + 1
    cols = (width + left + right - region.cols.extent) // region.cols.stride + 1
    return rows, cols


def check_map(node: Node, tensor: Tensor) -> None:
    """Raise InputError unless `tensor` is an NHWC map of batch 1."""
    if len(tensor.shape) != 4 or tensor.shape[0] != 1:
        raise InputError(
            f"{node.where}: tensor '{tensor.name}' has shape {list(tensor.shape)}; a map of batch 1 is supported",
            hint="export the model with a fixed batch size of 1",
        )


def reaches_outside(node: Node, kernel: tuple[int, int]) -> bool:
    """Whether any window takes in rows or columns outside the image."""
    region = window_region(node, kernel)
    height, width = node.input(0).shape[1:3]
    rows, cols = window_shape(node, kernel)
    return (
        region.rows.before > 0
        or region.cols.before > 0
        or (rows - 1) * region.rows.stride + region.rows.extent > height
        or (cols - 1) * region.cols.stride + region.cols.extent > width
    )


def edge_pixels(node: Node, kernel: tuple[int, int]) -> int:
    """How many output pixels have a window that reaches outside the image."""
    rows, cols = window_shape(node, kernel)
    inner_rows, inner_cols = _inner(node, kernel)
    return rows * cols - inner_rows * inner_cols


def _inside(node: Node, kernel: tuple[int, int]) -> tuple[list[int], list[int]]:
    """For each output row and each output column: the taps of its windows that lie inside the image."""
    region = window_region(node, kernel)
    dilation = node.attrs.get("dilation", (1, 1))

    def counts(outputs: int, access: Access, size: int, taps: int, step: int) -> list[int]:
        starts = (i * access.stride - access.before for i in range(outputs))
        return [sum(0 <= start + k * step < size for k in range(taps)) for start in starts]

    rows, cols = window_shape(node, kernel)
    height, width = node.input(0).shape[1:3]
    return (
        counts(rows, region.rows, height, kernel[0], dilation[0]),
        counts(cols, region.cols, width, kernel[1], dilation[1]),
    )


def _inner(node: Node, kernel: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of output pixels whose windows lie inside the image."""
    rows, cols = _inside(node, kernel)
    return rows.count(kernel[0]), cols.count(kernel[1])


def edge_taps(node: Node, kernel: tuple[int, int]) -> tuple[int, int]:
    """Taps inside the image of all windows that reach outside it, and the rows of such windows that hold any."""
    rows, cols = _inside(node, kernel)
    inner = rows.count(kernel[0]) * cols.count(kernel[1])
    return sum(rows) * sum(cols) - inner * kernel[0] * kernel[1], sum(rows) * len(cols) - inner * kernel[0]


def pixel_pairs(node: Node, kernel: tuple[int, int], piece: int) -> tuple[int, int, int]:
    """How the kernels that take two neighbouring pixels at a time meet the pixels of a map that is computed in pieces of
    `piece` pixels (0: whole rows): pairs, lone pixels, and pixels at the image's edge, which are always alone."""
    rows, cols = _inner(node, kernel)
    edges = edge_pixels(node, kernel)
    if not 0 < piece < cols:
        return rows * (cols // 2), rows * (cols % 2), edges
    pairs = rows * (cols // piece * (piece // 2) + cols % piece // 2)
    return pairs, rows * cols - 2 * pairs, edges
