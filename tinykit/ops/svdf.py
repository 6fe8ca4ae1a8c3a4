"""SVDF: filters of rank-one parts, one over the features of the newest input, one over what it gave in past inferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Shape, Tensor
from tinykit.ops.base import Array, Core, Kernel, Node, Operator, Params
from tinykit.ops.checks import check_shift, int8_scale
from tinykit.ops.fixed_point import quantise_multiplier
from tinykit.ops.states import check_state, one_scale

_FEATURE, _TIME, _BIAS, _STATE = 1, 2, 3, 4
_MOST_TERMS = 1 << 16  # that a 32-bit sum takes


class _Sizes(NamedTuple):
    batches: int
    inputs: int
    filters: int
    memory: int
    rank: int


def _sizes(node: Node) -> _Sizes:
    (batches, inputs), (filters, memory) = node.input(0).shape, node.input(_TIME).shape
    return _Sizes(batches, inputs, filters, memory, node.attrs["rank"])


def _multipliers(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """To the state and to the output."""
    of = {i: one_scale(node, node.input(i)).scale for i in (0, _FEATURE, _TIME, _STATE)}
    first, second = of[0] * of[_FEATURE] / of[_STATE], of[_STATE] * of[_TIME] / int8_scale(node, node.output).scale
    if not 0 < first < np.inf or not 0 < second < np.inf:
        raise InputError(f"{node.where}: its scales are out of the range TFLite can compute with")
    return quantise_multiplier(first), quantise_multiplier(second)


def _params(node: Node) -> Params:
    sizes = _sizes(node)
    (state_multiplier, state_shift), (multiplier, shift) = _multipliers(node)
    return Params(
        "tk_svdf",
        {
            "feature": Array("int8_t", node.constant(_FEATURE)),
            "time": Array(f"{node.input(_TIME).dtype.value}_t", node.constant(_TIME)),
            "bias": Array("int32_t", node.constant(_BIAS)),
            "batches": sizes.batches,
            "inputs": sizes.inputs,
            "units": sizes.filters // sizes.rank,
            "rank": sizes.rank,
            "memory": sizes.memory,
            "offset": -int8_scale(node, node.input()).zero_point,
            "state_multiplier": state_multiplier,
            "state_shift": state_shift,
            "state_zero_point": one_scale(node, node.input(_STATE)).zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "zero_point": int8_scale(node, node.output).zero_point,
        },
    )


def _cost(node: Node) -> Mapping[str, float]:
    sizes = _sizes(node)
    filters = sizes.batches * sizes.filters
    return {"mac": filters * sizes.inputs, "tap": filters * sizes.memory, "filter": filters, "output": node.output.elements}


def _kernel(name: str, state: DType) -> Kernel:
    def accepts(node: Node, core: Core) -> bool:
        return node.input(_STATE).dtype is state

    return Kernel(name, "tk_svdf", rows=False, params=_params, accepts=accepts, cost=_cost)


class Svdf(Operator):
    kind = "SVDF"
    kernels = (_kernel("tk_svdf_s8", DType.INT8), _kernel("tk_svdf_s16", DType.INT16))

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)
        if not node.has(_BIAS):
            raise InputError(f"{node.where} has no bias, which tflite_micro needs")
        constants = [node.input(i) for i in (_FEATURE, _TIME, _BIAS)]
        state = check_state(node, _STATE)
        if node.input().data is not None or any(tensor.data is None for tensor in constants):
            raise InputError(f"{node.where}: its input must be computed, its weights and bias constants")
        types = [tensor.dtype for tensor in (*constants, state)]
        if types not in ([DType.INT8, kept, DType.INT32, kept] for kept in (DType.INT8, DType.INT16)):
            raise InputError(f"{node.where}: weights and state of these types are not supported")
        self._check_shapes(node, constants, state)
        for _, shift in _multipliers(node):
            check_shift(node, shift)
        product = np.float32(one_scale(node, state).scale) * np.float32(one_scale(node, constants[1]).scale)
        if abs(one_scale(node, constants[2]).scale - float(product)) >= 1e-5:
            raise InputError(f"{node.where}: its bias must have the scale of the state times that of the weights over time")

    def _check_shapes(self, node: Node, constants: list[Tensor], state: Tensor) -> None:
        feature, time, bias = (tensor.shape for tensor in constants)
        rank, shape = node.attrs["rank"], node.input().shape
        if len(shape) != 2 or len(feature) != 2 or len(time) != 2 or feature[0] != time[0] or feature[1] != shape[1]:
            raise InputError(f"{node.where}: input {list(shape)}, weights {list(feature)} and {list(time)} do not go together")
        if rank < 1 or feature[0] % rank or bias != (feature[0] // rank,) or state.elements != shape[0] * time[0] * time[1]:
            raise InputError(f"{node.where}: bias, state and rank {rank} do not suit {feature[0]} filters")
        if max(feature[1], time[1] * rank) >= _MOST_TERMS:
            raise InputError(f"{node.where} sums up more values than 32 bits can")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        sizes = _sizes(node)
        return ((sizes.batches, sizes.filters // sizes.rank),)

    def macs(self, node: Node) -> int:
        sizes = _sizes(node)
        return sizes.batches * sizes.filters * (sizes.inputs + sizes.memory)


SVDF = Svdf()
