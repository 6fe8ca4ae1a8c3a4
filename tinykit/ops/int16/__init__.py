"""Operators on int16 activations with int8 weights (16x8): symmetric, so that no zero point enters any sum."""

from __future__ import annotations

from tinykit.ops.base import Operator
from tinykit.ops.int16 import curves, filters, pairs, pools, unary

INT16: dict[str, Operator] = {
    operator.kind: operator
    for operator in (
        curves.LOGISTIC,
        curves.SOFTMAX,
        curves.TANH,
        filters.CONV_2D,
        filters.DEPTHWISE_CONV_2D,
        filters.FULLY_CONNECTED,
        filters.TRANSPOSE_CONV,
        pairs.ADD,
        pairs.MAXIMUM,
        pairs.MINIMUM,
        pairs.MUL,
        pairs.SUB,
        pools.AVERAGE_POOL_2D,
        pools.MAX_POOL_2D,
        pools.MEAN,
        pools.SUM,
        unary.LEAKY_RELU,
        unary.RELU,
        unary.RELU6,
    )
}
