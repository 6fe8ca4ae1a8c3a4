"""QUANTIZE between int8 tensors: the same reals under another scale or zero point."""

from __future__ import annotations

import numpy as np

from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints, quantise_multiplier, requantise
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel


def _table(node: Node) -> Ints:
    source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
    scaled = requantise(INT8_VALUES - source.zero_point, *quantise_multiplier(source.scale / target.scale))
    return np.clip(scaled + target.zero_point, INT8_MIN, INT8_MAX)


class Quantize(Unary):
    kind = "QUANTIZE"
    kernels = (table_kernel(_table),)


QUANTIZE = Quantize()
