"""Operators on float32 between DEQUANTIZE and QUANTIZE: what IEEE 754 rounds alike everywhere, so that every byte is right.

No kernel multiplies and adds in one expression, so that no compiler can fuse the two.
"""

from __future__ import annotations

from tinykit.ops.base import Operator
from tinykit.ops.float32 import means, pairs, quantize, unary

FLOAT32: dict[str, Operator] = {
    operator.kind: operator for operator in (*means.OPERATORS, *pairs.OPERATORS, *unary.OPERATORS, quantize.FROM_REALS)
}
"""Those that also have an integer declaration."""
