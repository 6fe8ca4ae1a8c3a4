"""ELU, EXP, GELU and LOG: TFLite dequantises, computes in float32 and quantises again, for a table it makes itself."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, Ints
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel

Real = Callable[[np.float32], np.float32]


def _quantised(node: Node, function: Real) -> Ints:
    """float32 throughout; a value beyond int32 saturates."""
    source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
    inverse = np.float32(1.0) / np.float32(target.scale)
    results = []
    for value in INT8_VALUES - source.zero_point:
        with np.errstate(over="ignore"):
            scaled = function(np.float32(source.scale) * np.float32(value)) * inverse
        if not math.isfinite(scaled):
            results.append(INT8_MAX if scaled > 0 else INT8_MIN)
            continue
        rounded = np.float32(math.copysign(math.floor(abs(float(scaled)) + 0.5), float(scaled)))
        results.append(min(max(int(rounded + np.float32(target.zero_point)), INT8_MIN), INT8_MAX))
    return np.array(results, np.int64)


def _elu(x: np.float32) -> np.float32:
    return np.float32(math.exp(x)) - np.float32(1.0) if x < 0 else x


def _exp(x: np.float32) -> np.float32:
    """math.exp raises where the reference finds infinity."""
    result: np.float32 = np.float32(np.exp(np.float64(x)))
    return result


def _gelu(x: np.float32) -> np.float32:
    result: np.float32 = np.float32(0.5) * x * np.float32(math.erfc(x * np.float32(-math.sqrt(0.5))))
    return result


def _gelu_by_tanh(x: np.float32) -> np.float32:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    result: np.float32 = np.float32(0.5) * x * (np.float32(1.0) + np.float32(math.tanh(inner)))
    return result


def _log(x: np.float32) -> np.float32:
    """What has no logarithm is as small as any."""
    result: np.float32 = np.float32(math.log(x) if x > 0 else -math.inf)
    return result


class Elu(Unary):
    kind = "ELU"
    kernels = (table_kernel(lambda node: _quantised(node, _elu)),)


class Gelu(Unary):
    """tflite_micro lacks this one; the arithmetic is that of TFLite's own kernel."""

    kind = "GELU"
    kernels = (table_kernel(lambda node: _quantised(node, _gelu_by_tanh if node.attrs["approximate"] else _gelu)),)


class Exp(Unary):
    """tflite_micro computes this one and LOG in float only; the arithmetic is that of TFLite's own kernels."""

    kind = "EXP"
    kernels = (table_kernel(lambda node: _quantised(node, _exp)),)


class Log(Unary):
    kind = "LOG"
    kernels = (table_kernel(lambda node: _quantised(node, _log)),)


ELU = Elu()
EXP = Exp()
LOG = Log()
GELU = Gelu()
