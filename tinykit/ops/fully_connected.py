"""FULLY_CONNECTED: int8, weights per tensor or per output, with or without bias, any batch."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops import mve, wide
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Operator, Params
from tinykit.ops.filters import channel_fields, channel_scales, check_filter, folded_biases
from tinykit.ops.mean import sums_scratch


def _batches(node: Node) -> int:
    return node.input(0).elements // node.input(1).shape[1]


def _scales(node: Node) -> npt.NDArray[np.float64]:
    return channel_scales(node, node.input(1).shape[0])


def _params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, inputs = weights.shape
    return Params(
        "tk_fully_connected",
        {
            "weights": Array("int8_t", weights),
            "bias": Array("int32_t", folded_biases(node, weights).astype(np.int32)),
            **channel_fields(node, weights, _scales(node)),
            "batches": _batches(node),
            "inputs": inputs,
            "outputs": outputs,
        },
    )


def _cost(node: Node) -> Mapping[str, float]:
    outputs, inputs = node.input(1).shape
    return {"mac": _batches(node) * outputs * inputs, "output": _batches(node) * outputs, "call": 1}


def _reduce_params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, inputs = weights.shape
    return Params(
        "tk_dense_reduce",
        {
            "weights": Array("int8_t", weights),
            "bias": Array("int32_t", folded_biases(node, weights).astype(np.int32)),
            **channel_fields(node, weights, _scales(node)),
            "inputs": inputs,
            "outputs": outputs,
        },
    )


def _wide_params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, inputs = weights.shape
    fields = wide.packed_in_fours(node, weights, _scales(node))
    return Params("tk_fully_connected_wide", {**fields, "batches": _batches(node), "inputs": inputs, "outputs": outputs})


def _wide_cost(node: Node) -> Mapping[str, float]:
    outputs, inputs = node.input(1).shape
    batches, groups = _batches(node), wide.groups(inputs)
    return {
        "mac": batches * (outputs // 4) * 4 * groups * wide.GROUP,
        "four": batches * (outputs // 4),
        "rest_mac": batches * (outputs % 4) * inputs,
        "rest_output": batches * (outputs % 4),
        "widen": batches * groups,
        "call": 1,
    }


def _fits_wide(node: Node, core: Core) -> bool:
    return wide.fits(node, core, node.constant(1), _scales(node))


def _mve_params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, inputs = weights.shape
    fields: dict[str, Field] = {
        "weights": mve.packed_in_fours(node, weights, _scales(node)),
        "taps": mve.filled(inputs),
        "in_width": _batches(node),
        "in_channels": inputs,
        "out_channels": outputs,
        **mve.output_fields(node),
    }
    return Params("tk_conv_mve", fields)


def _mve_cost(node: Node) -> Mapping[str, float]:
    outputs, inputs = node.input(1).shape
    return mve.point_terms(1, _batches(node), outputs, inputs)


class FullyConnected(Operator):
    """A dense layer: weights [outputs, inputs]; the input is flattened to rows of `inputs` elements."""

    kind = "FULLY_CONNECTED"
    reducers: tuple[Kernel, ...] = (
        Kernel(
            "tk_dense_reduce_s8",
            "tk_reduce",
            False,
            _reduce_params,
            lambda node, core: _batches(node) == 1,
            scratch=sums_scratch,
            cost=_cost,
        ),
    )
    kernels: tuple[Kernel, ...] = (
        Kernel(
            "tk_fully_connected_mve_s8",
            "tk_conv_mve",
            False,
            _mve_params,
            accepts=lambda node, core: mve.fits(node, core, node.constant(1), _scales(node)),
            scratch=lambda node: mve.point_scratch(node.input(1).shape[1]),
            cost=_mve_cost,
        ),
        Kernel(
            "tk_fully_connected_wide_s8",
            "tk_fully_connected_wide",
            False,
            _wide_params,
            accepts=_fits_wide,
            scratch=lambda node: 8 * wide.groups(node.input(1).shape[1]),
            cost=_wide_cost,
        ),
        Kernel("tk_fully_connected_s8", "tk_fully_connected", False, _params, cost=_cost),
    )

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        check_filter(node, node.input(1).shape[0], 0)

    def check_shapes(self, node: Node) -> None:
        """Raise InputError unless the weights suit the input."""
        weights = node.input(1)
        if len(weights.shape) != 2 or node.input(0).elements % weights.shape[1]:
            raise InputError(
                f"{node.where}: weights of shape {list(weights.shape)} do not suit an input of {node.input(0).elements} elements"
            )

    def infer(self, node: Node) -> tuple[Shape, ...]:
        outputs, inputs = node.input(1).shape
        shape = node.input(0).shape
        if node.attrs.get("keep_num_dims") and shape[-1:] == (inputs,):
            return ((*shape[:-1], outputs),)
        return ((math.prod(shape) // inputs, outputs),)

    def macs(self, node: Node) -> int:
        return node.output.elements * node.input(1).shape[1]


FULLY_CONNECTED = FullyConnected()
