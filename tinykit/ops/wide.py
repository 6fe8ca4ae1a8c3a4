"""Weights and tables of the kernels that widen activations to 16 bits: cores with the DSP extension, outputs in all of int8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykit.ops.base import Array, Core, Field, Node
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.filters import Weights, constant_outputs, folded_biases, multipliers_and_shifts
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN

GROUP = 4
"""Taps that are multiplied at a time: the int8 in a word."""
_LONGEST_SHIFT = 24  # beyond, the rounding with the zero point does not fit 32 bits


def groups(taps: int) -> int:
    """How many groups hold `taps`."""
    return -(-taps // GROUP)


def fits(node: Node, core: Core, weights: Weights, scales: npt.NDArray[np.float64]) -> bool:
    """Whether both roundings and the zero point go into one addition on every channel of `weights` [outputs, taps]."""
    return core.dsp and activation_bounds(node) == (INT8_MIN, INT8_MAX) and _channels(node, weights, scales) is not None


def packed_in_pairs(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> Array:
    """`weights` [outputs, taps] with their constants, as `tk_conv_wide` reads them; zeros fill up pairs and groups."""
    words, table = _filled(node, weights, scales, 2)
    bias, doubled, rounding = table
    parts = [bias, words.transpose(0, 2, 1).reshape(len(words), -1), doubled, rounding]
    return Array("uint32_t", np.concatenate(parts, axis=1).reshape(-1))


def packed_in_fours(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> dict[str, Field]:
    """`weights` [outputs, taps] and the table of their outputs, as `tk_fully_connected_wide` reads them; zeros fill up."""
    words, table = _filled(node, weights, scales, 4)
    return {
        "weights": Array("int8_t", np.ascontiguousarray(words.transpose(0, 2, 1)).reshape(-1).view(np.int8)),
        "table": Array("int32_t", np.ascontiguousarray(table.transpose(1, 0, 2)).reshape(-1).view(np.int32)),
    }


def _filled(
    node: Node, weights: Weights, scales: npt.NDArray[np.float64], together: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Weights as words [passes, together, groups], and bias, doubled multiplier and rounding [3, passes, together]."""
    outputs, taps = weights.shape
    channels = _channels(node, weights, scales)
    assert channels is not None, "a kernel that was not accepted"
    filled = np.zeros((-(-outputs // together) * together, groups(taps) * GROUP), np.int8)
    filled[:outputs, :taps] = np.where(channels.constant[:, None], 0, weights)
    table = np.zeros((3, len(filled)), np.uint32)
    table[:, :outputs] = channels.table.view(np.uint32)
    return filled.view("<u4").reshape(-1, together, groups(taps)), table.reshape(3, -1, together)


def packed_by_tap(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> Array:
    """`weights` [outputs, taps] of a multiple of four outputs with their constants, as `tk_depthwise_wide` reads them."""
    outputs, taps = weights.shape
    channels = _channels(node, weights, scales)
    assert channels is not None and outputs % GROUP == 0, "a kernel that was not accepted"
    zeroed = np.where(channels.constant[:, None], 0, weights).astype(np.int8)
    fours = np.ascontiguousarray(zeroed.reshape(-1, GROUP, taps).transpose(0, 2, 1)).view("<u4").reshape(-1, taps)
    bias, doubled, rounding = channels.table.view(np.uint32).reshape(3, -1, 2, 2).transpose(0, 1, 3, 2)
    constants = np.stack([doubled, rounding], axis=2)
    words = np.concatenate([bias.reshape(-1, 4), fours, constants.reshape(-1, 8)], axis=1)
    return Array("uint32_t", words.reshape(-1).astype(np.uint32))


@dataclass(frozen=True, eq=False)
class _Channels:
    """`table` int32 [3, outputs]: bias, doubled multiplier, rounding; `constant` bool [outputs]: weights are of no matter."""

    table: npt.NDArray[np.int32]
    constant: npt.NDArray[np.bool_]


def _channels(node: Node, weights: Weights, scales: npt.NDArray[np.float64]) -> _Channels | None:
    """None where some channel neither shifts right by 1 to 24 nor gives the same output for every input.

    A dead channel computes its constant from weights and a bias of zero.
    """
    zero_point = int8_scale(node, node.output).zero_point
    bias = folded_biases(node, weights)
    multipliers, shifts = multipliers_and_shifts(scales)
    right = np.maximum(-shifts, 0)
    constant, values = constant_outputs(node, weights, scales)
    if not np.all(constant | (shifts >= -_LONGEST_SHIFT) & (shifts <= -1)):
        return None
    table = np.where(
        constant,
        [np.zeros_like(bias), np.zeros_like(bias), 2 * values + 1],
        [bias, 2 * multipliers - (1 << 32), (2 * zero_point + 1) << np.maximum(right - 1, 0)],
    )
    return _Channels(table.astype(np.int32), constant)
