"""Conditions on float32 tensors."""

from __future__ import annotations

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Tensor
from tinykit.ops import reals
from tinykit.ops.base import Field, Node


def check_real(node: Node, tensor: Tensor) -> None:
    """Raise InputError unless `tensor` is float32, and where it is a constant, finite."""
    if tensor.dtype is not DType.FLOAT32:
        raise InputError(f"{node.where}: tensor '{tensor.name}' is {tensor.dtype.value}, but only float32 is supported here")
    if tensor.data is not None and not np.isfinite(tensor.data).all():
        raise InputError(f"{node.where}: constant '{tensor.name}' holds values that are not finite")


def real_bounds(node: Node) -> tuple[Field, Field]:
    """The ends of the fused activation; InputError for one that has none."""
    ends = reals.clamp(node.attrs)
    if ends is None:
        raise InputError(f"{node.where}: fused activation {node.attrs['activation']} is not supported")
    if np.isinf(ends[0]):
        return "-TK_INFINITY", "TK_INFINITY"
    return ends
