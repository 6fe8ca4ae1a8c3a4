"""TFLite's float32 operators on float32 numpy arrays, step by step as its reference kernels compute them.

Sums, products, quotients and roots are those of IEEE 754, the same on every machine. The exponential and its like are taken to
be rounded to the nearest float32, as the C library of the reference does but for the closest of ties.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Function = Callable[[Floats, Mapping[str, Any]], Floats]
_ONE = np.float32(1)
_NEAREST_ONE, _SMALL = np.float32(16.619047164916992188), np.float32(-9)


def _by_double(function: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]) -> Callable[[Floats], Floats]:
    return lambda x: function(x.astype(np.float64)).astype(np.float32)


exp = _by_double(np.exp)
_expm1 = _by_double(np.expm1)
_tanh = _by_double(np.tanh)


def logistic(x: Floats) -> Floats:
    return np.where(x > _NEAREST_ONE, _ONE, np.where(x < _SMALL, exp(x), _ONE / (_ONE + exp(-x))))


def _leaky(x: Floats, attrs: Mapping[str, Any]) -> Floats:
    return np.where(x > 0, x, x * np.float32(attrs["alpha"]))


UNARY: Mapping[str, Function] = {
    "ABS": lambda x, attrs: np.abs(x),
    "ELU": lambda x, attrs: np.where(x < 0, _expm1(x), x),
    "EXP": lambda x, attrs: exp(x),
    "LEAKY_RELU": _leaky,
    "LOG": lambda x, attrs: _by_double(np.log)(x),
    "LOGISTIC": lambda x, attrs: logistic(x),
    "NEG": lambda x, attrs: -x,
    "RELU": lambda x, attrs: np.maximum(x, np.float32(0)),
    "RELU6": lambda x, attrs: np.clip(x, np.float32(0), np.float32(6)),
    "RSQRT": lambda x, attrs: _ONE / np.sqrt(x),
    "SQRT": lambda x, attrs: np.sqrt(x),
    "SQUARE": lambda x, attrs: x * x,
    "TANH": lambda x, attrs: _tanh(x),
}
"""Functions of one float32."""

_LARGEST = float(np.finfo(np.float32).max)
_CLAMPS: Mapping[str, tuple[float, float]] = {
    "none": (-_LARGEST, _LARGEST),  # so infinities do not pass where an operator could have an activation
    "relu": (0.0, _LARGEST),
    "relu6": (0.0, 6.0),
    "relu_n1_to_1": (-1.0, 1.0),
}

_PAIRS: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "ADD": lambda x, y: x + y,
    "DIV": lambda x, y: x / y,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "MUL": lambda x, y: x * y,
    "SQUARED_DIFFERENCE": lambda x, y: (x - y) * (x - y),
    "SUB": lambda x, y: x - y,
}


def clamp(attrs: Mapping[str, Any]) -> tuple[float, float] | None:
    """The ends of a fused activation's range, None for one that has none."""
    return _CLAMPS.get(attrs["activation"]) if "activation" in attrs else (-np.inf, np.inf)


def pair(kind: str, attrs: Mapping[str, Any], first: Floats, second: Floats) -> Floats:
    """An operator of two operands with its fused activation."""
    ends = clamp(attrs)
    assert ends is not None
    result: Floats = np.clip(_PAIRS[kind](first, second), np.float32(ends[0]), np.float32(ends[1]))
    return result


def is_pair(kind: str, attrs: Mapping[str, Any]) -> bool:
    return kind in _PAIRS and clamp(attrs) is not None


def dequantise(stored: npt.NDArray[Any], scale: float, zero_point: int) -> Floats:
    """scale · (stored − zero point)."""
    result: Floats = np.float32(scale) * (stored.astype(np.int64) - zero_point).astype(np.float32)
    return result


def quantise(x: Floats, scale: float, zero_point: int, low: int, high: int) -> npt.NDArray[np.int64]:
    """The nearest stored value, halves away from zero; what is no number counts as 0, as in the C API."""
    divided = np.nan_to_num((x / np.float32(scale)).astype(np.float64), nan=0.0, posinf=2.0**40, neginf=-(2.0**40))
    rounded = np.trunc(divided + np.copysign(0.5, divided))
    result: npt.NDArray[np.int64] = np.clip(rounded + zero_point, low, high).astype(np.int64)
    return result
