"""Weights and constants of the kernels for Helium: outputs in all of int8, right shifts of 1 to 31."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykit.ops.base import Array, Core, Field, Node
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.filters import Weights, constant_outputs, folded_biases, multipliers_and_shifts
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints

Scales = npt.NDArray[np.float64]
_FOUR = 4


def filled(taps: int) -> int:
    """Taps of a window as the kernels take them: in eights."""
    return -(-taps // 8) * 8


def scratch(taps: int) -> int:
    """Bytes of three windows."""
    return 3 * filled(taps)


def point_scratch(depth: int) -> int:
    """The same for windows of one pixel, which are read where they lie unless they must be filled up."""
    return scratch(depth) if depth % 8 else 0


def terms(rows: int, pixels: int, outputs: int, taps: int, piece: int = 0) -> dict[str, float]:
    """Cost terms of `rows` times `pixels` side by side, in pieces: three at a time, then two, a lone one by itself."""
    if 0 < piece < pixels:
        whole = terms(rows * (pixels // piece), piece, outputs, taps)
        rest = terms(rows, pixels % piece, outputs, taps) if pixels % piece else {}
        return {term: count + rest.get(term, 0) for term, count in whole.items()}
    fours, groups = -(-outputs // _FOUR), -(-taps // 16)
    if pixels == 1:
        threes, twos, ones = 0, 0, 1
    else:
        threes, twos, ones = ((pixels // 3, 0, 0), (pixels // 3 - 1, 2, 0), (pixels // 3, 1, 0))[pixels % 3]
    return {
        "three_group": rows * threes * fours * groups,
        "three": rows * threes * fours,
        "two_group": rows * twos * fours * groups,
        "two": rows * twos * fours,
        "one_group": rows * ones * fours * groups,
        "one": rows * ones * fours,
        "pass": rows * (threes + twos + ones),
        "call": 1,
    }


def point_terms(rows: int, pixels: int, outputs: int, depth: int, piece: int = 0) -> dict[str, float]:
    """The same for windows of one pixel."""
    copied = rows * pixels if depth % 8 else 0
    return {**terms(rows, pixels, outputs, depth, piece), "copy": copied, "copy_vector": copied * -(-depth // 16)}


def fits(node: Node, core: Core, weights: Weights, scales: Scales) -> bool:
    """Whether each channel of `weights` [outputs, taps] shifts right, or gives the same output for every input."""
    if not core.mve or activation_bounds(node) != (INT8_MIN, INT8_MAX):
        return False
    constant, _ = constant_outputs(node, weights, scales)
    _, shifts = multipliers_and_shifts(scales)
    return bool(np.all(constant | (shifts <= -1)))


def output_fields(node: Node) -> dict[str, Field]:
    """Zero points, and whether halves below zero matter: not where all outputs below zero saturate."""
    zero_point = int8_scale(node, node.output).zero_point
    return {
        "zero_point": int8_scale(node, node.input(0)).zero_point,
        "out_zero_point": zero_point,
        "rounds": int(zero_point != INT8_MIN),
    }


def constants(node: Node, weights: Weights, scales: Scales) -> tuple[Weights, Ints, Ints, Ints]:
    """`weights`, biases, multipliers and negative right shifts; a dead channel's give its output whatever the input."""
    constant, values = constant_outputs(node, weights, scales)
    multipliers, shifts = multipliers_and_shifts(scales)
    steady = 4 * (values - int8_scale(node, node.output).zero_point)  # doubled by the multiplier's rounding shift of 1
    return (
        np.where(constant[:, None], 0, weights).astype(np.int8),
        np.where(constant, steady, folded_biases(node, weights)),
        np.where(constant, 1 << 30, multipliers),
        np.where(constant, -1, shifts),
    )


def packed_in_fours(node: Node, weights: Weights, scales: Scales) -> Array:
    """`weights` [outputs, taps] with their constants, as `tk_conv_mve` reads them; zeros fill up."""
    outputs, taps = weights.shape
    zeroed, *table = constants(node, weights, scales)
    fours, size = -(-outputs // _FOUR), filled(taps)
    whole = np.zeros((fours * _FOUR, size), np.int8)
    whole[:outputs, :taps] = zeroed
    bias, multiplier, shift = (np.pad(values, (0, len(whole) - outputs)).reshape(fours, _FOUR) for values in table)
    pairs = whole.reshape(fours, 2, 2, size).transpose(0, 2, 1, 3)  # [four, half, channel of the half, tap]
    first = size % 16 or 16
    cuts = [(0, first), *((at, at + 16) for at in range(first, size, 16))]
    halves = [pairs[:, half, :, low:high].reshape(fours, -1) for half in (0, 1) for low, high in cuts]
    words = [values.astype("<i4").view(np.int8) for values in (bias, multiplier)]
    packed = np.concatenate([*halves, *words, shift.astype(np.int8)], axis=1)
    return Array("uint32_t", np.ascontiguousarray(packed).reshape(-1).view("<u4"))


LANES = 16
_PLACES = [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15]
"""Lanes in the order of their constants: how products of bytes become words."""


def together(channels: int, stride: int) -> int:
    """Neighbouring pixels that a depthwise kernel computes in sixteen lanes; 0 where it cannot."""
    if channels >= LANES:
        return 1
    return LANES // channels if stride == 1 and LANES % channels == 0 else 0


def adds_in_pairs(weights: Weights) -> bool:
    """Whether the products of any two neighbouring taps of `weights` [outputs, taps] add up within 16 bits."""
    size = np.abs(weights.astype(np.int64))
    return bool(np.all(size[:, 0:-1:2] + size[:, 1::2] <= 255))


def packed_by_lane(node: Node, weights: Weights, scales: Scales, pixels: int) -> Array:
    """`weights` [outputs, taps] with their constants, as `tk_depthwise_mve` reads them for `pixels` together."""
    outputs = len(weights)
    zeroed, *table = constants(node, weights, scales)
    if pixels > 1:
        lanes = np.tile(np.arange(outputs), pixels)[None]
    else:
        starts = np.minimum(np.arange(0, outputs, LANES), outputs - LANES)
        lanes = starts[:, None] + np.arange(LANES)
    order = lanes[:, _PLACES]
    bias, multiplier, shift = (np.ascontiguousarray(values[order]) for values in table)
    words = [values.astype("<i4").view(np.int8) for values in (bias, multiplier)]
    taps = zeroed[lanes].transpose(0, 2, 1).reshape(len(lanes), -1)
    packed = np.concatenate([words[0], taps, words[1], shift.astype(np.int8)], axis=1)
    return Array("uint32_t", np.ascontiguousarray(packed).reshape(-1).view("<u4"))
