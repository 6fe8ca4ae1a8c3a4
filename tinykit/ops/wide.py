"""Weights and tables of the kernels that widen activations to 16 bits: cores with the DSP extension, outputs in all of int8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykit.ops.base import Array, Core, Field, Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.filters import Weights, channel_fields, folded_biases

GROUP = 4
"""Taps that are multiplied at a time: the int8 in a word."""


def groups(taps: int) -> int:
    """How many groups hold `taps`."""
    return -(-taps // GROUP)


def fits(node: Node, core: Core, weights: Weights, scales: npt.NDArray[np.float64]) -> bool:
    """Whether both roundings and the zero point go into one addition on every channel of `weights` [outputs, taps]."""
    if not core.dsp:
        return False
    fields = channel_fields(node, weights, scales)
    return bool(fields["channels.quick"]) and (fields["channels.low"], fields["channels.high"]) == (-128, 127)


def packed(node: Node, weights: Weights, scales: npt.NDArray[np.float64], together: int) -> dict[str, Field]:
    """`weights` [outputs, taps] and the table of their outputs, for `together` outputs at a time; zeros fill both up."""
    outputs, taps = weights.shape
    filled = np.zeros((-(-outputs // together) * together, groups(taps) * GROUP), np.int8)
    filled[:outputs, :taps] = weights
    order = filled.reshape(-1, together, groups(taps), GROUP).transpose(0, 2, 1, 3)
    fields = channel_fields(node, weights, scales)
    multipliers, shifts = (_values(fields[f"channels.{name}"]) for name in ("multiplier", "shift"))
    zero_point = int8_scale(node, node.output).zero_point
    table = np.zeros((3, len(filled)), np.int64)
    table[0, :outputs] = folded_biases(node, weights)
    table[1, :outputs] = 2 * multipliers - (1 << 32)
    table[2, :outputs] = (2 * zero_point + 1) << (shifts - 1)
    columns = table.reshape(3, -1, together).transpose(1, 0, 2)
    return {"weights": Array("int8_t", order.reshape(-1)), "table": Array("int32_t", columns.reshape(-1).astype(np.int32))}


def _values(field: Field) -> npt.NDArray[np.int64]:
    assert isinstance(field, Array)
    return field.values.astype(np.int64)
