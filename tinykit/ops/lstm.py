"""UNIDIRECTIONAL_SEQUENCE_LSTM: int8 sequences, weights and hidden state, int16 gates and cell state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Shape
from tinykit.ops.base import Array, Field, Kernel, Node, Operator, Params
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import quantise_multiplier
from tinykit.ops.int16.curves import logistic_table
from tinykit.ops.states import check_state, one_scale

# Gates in the order of the kernel: forget, input, cell, output; their inputs in the file.
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = (2, 1, 3, 4), (6, 5, 7, 8), (13, 12, 14, 15)
_ABSENT = (*range(9, 12), 16, 17, *range(20, 24))
_HIDDEN, _CELL = 18, 19
_GATE_SCALE, _CURVE_SCALE = 2.0**-12, 2.0**-15
_MOST_TERMS = 1 << 16
_LARGEST = 32767


class _Sizes(NamedTuple):
    batches: int
    steps: int
    inputs: int
    units: int


def _sizes(node: Node) -> _Sizes:
    first, second, inputs = node.input().shape
    batches, steps = (second, first) if node.attrs["time_major"] else (first, second)
    return _Sizes(batches, steps, inputs, node.input(_RECURRENT_WEIGHTS[0]).shape[-1])


def _gate_multiplier(node: Node, source: int, weights: int) -> tuple[int, int]:
    """To Q3.12."""
    product = one_scale(node, node.input(source)).scale * one_scale(node, node.input(weights)).scale
    return quantise_multiplier(product / _GATE_SCALE)


def _multipliers(node: Node) -> dict[str, tuple[int, int]]:
    cell, hidden = one_scale(node, node.input(_CELL)).scale, int8_scale(node, node.input(_HIDDEN)).scale
    return {
        **{f"input{i}": _gate_multiplier(node, 0, i) for i in _INPUT_WEIGHTS},
        **{f"recurrent{i}": _gate_multiplier(node, _HIDDEN, i) for i in _RECURRENT_WEIGHTS},
        "forget": quantise_multiplier(_CURVE_SCALE * cell / cell),
        "update": quantise_multiplier(_CURVE_SCALE * _CURVE_SCALE / cell),
        "output": quantise_multiplier(_CURVE_SCALE * _CURVE_SCALE / hidden),
    }


def _exponent(node: Node) -> int:
    """Of the cell state's scale, which is a power of two."""
    return round(math.log2(one_scale(node, node.input(_CELL)).scale))


def _tanh(node: Node) -> tuple[int, int]:
    """Multiplier and right shift from the cell state to 3 · 4096 for each 1."""
    exponent = _exponent(node) + 12
    return (3 << exponent, 0) if exponent >= 0 else (3, -exponent)


def _clip(node: Node) -> int:
    clip = float(np.float32(node.attrs["cell_clip"]))
    return int(min(clip / one_scale(node, node.input(_CELL)).scale, _LARGEST)) if clip > 0 else 0


def _braces(scales: list[tuple[int, int]]) -> str:
    return "{" + ", ".join(f"{{{multiplier}, {shift}}}" for multiplier, shift in scales) + "}"


def _stacked(node: Node, indices: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Rows of all gates, unit by unit."""
    return np.stack([node.constant(i) for i in indices], axis=1)


def _params(node: Node) -> Params:
    sizes, scales = _sizes(node), _multipliers(node)
    weights, recurrent = _stacked(node, _INPUT_WEIGHTS), _stacked(node, _RECURRENT_WEIGHTS)
    hidden = int8_scale(node, node.input(_HIDDEN))
    folded = _stacked(node, _BIASES) - int8_scale(node, node.input()).zero_point * weights.sum(axis=2, dtype=np.int64)
    tanh_multiplier, tanh_shift = _tanh(node)
    major = node.attrs["time_major"]
    strides: dict[str, Field] = {}
    for side, size in (("input", sizes.inputs), ("output", sizes.units)):
        strides[f"{side}_batch"] = size if major else size * sizes.steps
        strides[f"{side}_step"] = size * sizes.batches if major else size
    return Params(
        "tk_lstm",
        {
            "input_weights": Array("int8_t", weights),
            "recurrent_weights": Array("int8_t", recurrent),
            "input_bias": Array("int32_t", folded.astype(np.int32)),
            "recurrent_bias": Array("int32_t", (-hidden.zero_point * recurrent.sum(axis=2, dtype=np.int64)).astype(np.int32)),
            "curve": Array("uint16_t", logistic_table()),
            "input_scale": _braces([scales[f"input{i}"] for i in _INPUT_WEIGHTS]),
            "recurrent_scale": _braces([scales[f"recurrent{i}"] for i in _RECURRENT_WEIGHTS]),
            **{name: _braces([scales[name]])[1:-1] for name in ("forget", "update", "output")},
            "tanh_multiplier": tanh_multiplier,
            "tanh_shift": tanh_shift,
            "clip": _clip(node),
            "zero_point": hidden.zero_point,
            **sizes._asdict(),
            **strides,
        },
    )


def _cost(node: Node) -> Mapping[str, float]:
    sizes = _sizes(node)
    units = sizes.batches * sizes.steps * sizes.units
    return {"mac": units * 4 * (sizes.inputs + sizes.units), "unit": units}


class Lstm(Operator):
    kind = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    kernels = (Kernel("tk_lstm_s8", "tk_lstm", rows=False, params=_params, cost=_cost),)

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)
        if len(node.op.inputs) != 24 or any(node.has(i) for i in _ABSENT):
            raise InputError(f"{node.where}: an LSTM with peepholes, projection or normalisation is not supported")
        if node.attrs["activation"] != "tanh":
            raise InputError(f"{node.where}: only tanh is supported as the activation of an LSTM")
        hidden, cell = check_state(node, _HIDDEN), check_state(node, _CELL)
        int8_scale(node, hidden)
        if cell.dtype is not DType.INT16 or one_scale(node, cell).zero_point or not -15 <= _exponent(node) <= 0:
            raise InputError(f"{node.where}: the cell state must be int16 with a scale from 2^-15 to 1 and the zero point 0")
        if node.input().data is not None or not math.isfinite(node.attrs["cell_clip"]):
            raise InputError(f"{node.where}: its input must be computed, its clip a number")
        self._check_constants(node)
        sizes = _sizes(node)
        if {hidden.elements, cell.elements} != {sizes.batches * sizes.units}:
            raise InputError(f"{node.where}: its states do not suit {sizes.batches} times {sizes.units} units")
        for _, shift in _multipliers(node).values():
            check_shift(node, shift)

    def _check_constants(self, node: Node) -> None:
        shape, units = node.input().shape, node.input(_RECURRENT_WEIGHTS[0]).shape[-1:]
        if len(shape) != 3 or not units or max(shape[2], *units) >= _MOST_TERMS:
            raise InputError(f"{node.where}: an LSTM takes sequences of vectors, not {list(shape)}")
        wanted = (
            (_INPUT_WEIGHTS, DType.INT8, (*units, shape[2])),
            (_RECURRENT_WEIGHTS, DType.INT8, (*units, *units)),
            (_BIASES, DType.INT32, units),
        )
        for indices, dtype, size in wanted:
            for tensor in (node.input(i) for i in indices):
                if tensor.data is None or (tensor.dtype, tensor.shape) != (dtype, size):
                    raise InputError(f"{node.where}: tensor '{tensor.name}' must be a constant of {dtype.value}{list(size)}")
                if dtype is DType.INT8 and one_scale(node, tensor).zero_point:
                    raise InputError(f"{node.where}: weights '{tensor.name}' must have the zero point 0")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((*node.input().shape[:2], _sizes(node).units),)

    def macs(self, node: Node) -> int:
        return round(_cost(node)["mac"])


UNIDIRECTIONAL_SEQUENCE_LSTM = Lstm()
