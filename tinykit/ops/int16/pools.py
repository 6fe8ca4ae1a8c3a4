"""AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM of int16."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.ops.axes import braces
from tinykit.ops.base import Field, Kernel, Node, Params
from tinykit.ops.checks import check_shift
from tinykit.ops.int16.checks import int16_bounds, int16_scale
from tinykit.ops.mean import Mean, axes, count, multiplier
from tinykit.ops.pool import AveragePool, MaxPool, check_window, pool_fields, pool_taps

_MOST_VALUES = 1 << 16  # that 32 bits can sum


def _params(node: Node) -> Params:
    return Params("tk_pool_s16", pool_fields(node, int16_bounds(node)))


def _cost(node: Node) -> Mapping[str, float]:
    return {"tap": pool_taps(node) * node.output.shape[3], "output": node.output.elements}


def _check_pool(node: Node) -> None:
    int16_bounds(node)
    if abs(int16_scale(node, node.input()) - int16_scale(node, node.output)) > 1e-6:
        raise InputError(f"{node.where}: input and output of a pool must have the same scale")
    if node.attrs["filter"][0] * node.attrs["filter"][1] > _MOST_VALUES:
        raise InputError(f"{node.where}: a window of this size is more than 32 bits can sum")
    check_window(node)


class AveragePoolInt16(AveragePool):
    kernels = (Kernel("tk_average_pool_row_s16", "tk_pool_s16", rows=True, params=_params, any_width=False, cost=_cost),)
    reducers = ()

    def check(self, node: Node) -> None:
        _check_pool(node)


class MaxPoolInt16(MaxPool):
    kernels = (Kernel("tk_max_pool_row_s16", "tk_pool_s16", rows=True, params=_params, any_width=False, cost=_cost),)

    def check(self, node: Node) -> None:
        _check_pool(node)


def _mean_params(node: Node) -> Params:
    fields: dict[str, Field] = {}
    for name, reduced in (("kept", False), ("reduced", True)):
        found = axes(node, reduced=reduced)
        assert found is not None
        fields |= {name: braces([size for size, _ in found]), f"{name}_stride": braces([step for _, step in found])}
    fields["multiplier"], fields["shift"] = multiplier(node)
    return Params("tk_mean_s16", fields)


class MeanInt16(Mean):
    kernels = (
        Kernel(
            "tk_mean_whole_s16",
            "tk_mean_s16",
            rows=False,
            params=_mean_params,
            cost=lambda node: {"value": node.input().elements, "output": node.output.elements},
        ),
    )
    reducers = ()

    def check(self, node: Node) -> None:
        int16_scale(node, node.input())
        int16_scale(node, node.output)
        if count(node) >= _MOST_VALUES:
            raise InputError(f"{node.where} sums up {count(node):,} values, more than 32 bits can sum")
        if axes(node, reduced=False) is None or axes(node, reduced=True) is None:
            raise InputError(f"{node.where}: reducing this pattern of axes is not supported")
        check_shift(node, multiplier(node)[1])


class SumInt16(MeanInt16):
    kind = "SUM"


AVERAGE_POOL_2D = AveragePoolInt16()
MAX_POOL_2D = MaxPoolInt16()
MEAN = MeanInt16()
SUM = SumInt16()
