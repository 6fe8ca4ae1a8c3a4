"""LEAKY_RELU."""

from __future__ import annotations

import numpy as np

from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, requantise
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel


def _table(node: Node) -> Ints:
    source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
    identity = source.scale / target.scale
    slope = source.scale * node.attrs["alpha"] / target.scale
    x = INT8_VALUES - source.zero_point
    below = requantise(x, *quantise_multiplier(abs(slope)))
    scaled = np.where(x >= 0, requantise(x, *quantise_multiplier(identity)), -below if slope < 0 else below)
    result: Ints = np.clip(scaled + target.zero_point, INT8_MIN, INT8_MAX)
    return result


class LeakyRelu(Unary):
    kind = "LEAKY_RELU"
    kernels = (table_kernel(_table),)


LEAKY_RELU = LeakyRelu()
