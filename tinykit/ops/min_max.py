"""MINIMUM and MAXIMUM, elementwise with broadcasting: tflite_micro compares stored values, whatever their scales."""

from __future__ import annotations

import numpy as np

from tinykit.ops.pairs import Pair, pair_kernels


class Minimum(Pair):
    kind = "MINIMUM"
    kernels = pair_kernels("tk_minimum", lambda node: {}, lambda node, x, y: np.minimum(x, y), source="tk_min_max")


class Maximum(Pair):
    kind = "MAXIMUM"
    kernels = pair_kernels("tk_maximum", lambda node: {}, lambda node, x, y: np.maximum(x, y), source="tk_min_max")


MINIMUM = Minimum()
MAXIMUM = Maximum()
