"""ADD, elementwise with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinykit.errors import InputError
from tinykit.ops.axes import Axis
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Params
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.fixed_point import Ints, Scale
from tinykit.ops.linear_add import LinearAdd, linear_add, rescale, sums
from tinykit.ops.pairs import Pair, is_rowwise, operands, row_cost, row_walk, walk
from tinykit.ops.unary import channels_of, per_output, table_kernel


def _scales(node: Node) -> tuple[Scale, Scale, Scale]:
    return int8_scale(node, node.input(0)), int8_scale(node, node.input(1)), int8_scale(node, node.output)


def _constant(node: Node) -> int | None:
    """The input that is a constant."""
    return next((i for i in (0, 1) if node.input(i).data is not None), None)


def _linear(node: Node) -> LinearAdd | None:
    return linear_add(*_scales(node), *activation_bounds(node))


def _same_shapes(node: Node) -> bool:
    return node.input(0).shape == node.input(1).shape


def _is_rowwise(node: Node, core: Core) -> bool:
    return _constant(node) is None and _same_shapes(node)


def _is_linear(node: Node, core: Core) -> bool:
    return _is_rowwise(node, core) and _linear(node) is not None


def _linear_params(node: Node) -> Params:
    form = _linear(node)
    assert form is not None
    low, high = activation_bounds(node)
    fields: dict[str, Field] = {"a": form.a, "b": form.b, "bias": form.bias, "shift": form.shift}
    return Params("tk_add_linear", fields | {"low": low, "high": high, "channels": channels_of(node.output.shape)})


def _keeps_shape(node: Node, constant: int) -> bool:
    """The other input has the output's shape."""
    return node.input(1 - constant).shape == node.output.shape


def _is_one_value(node: Node, core: Core) -> bool:
    constant = _constant(node)
    return constant is not None and node.input(constant).elements == 1 and _keeps_shape(node, constant)


def _table(node: Node) -> Ints:
    """The sum of every int8 value and a constant of one element."""
    constant = _constant(node)
    assert constant is not None
    at = int(node.constant(constant).reshape(-1)[0]) + 128
    every = np.clip(sums(*_scales(node)), *activation_bounds(node))
    column: Ints = every[at, :] if constant == 0 else every[:, at]
    return column


def _is_per_channel(node: Node, core: Core) -> bool:
    constant = _constant(node)
    if constant is None or not _keeps_shape(node, constant):
        return False
    elements = node.input(constant).elements
    shape = node.input(constant).shape
    return elements == channels_of(shape) == channels_of(node.output.shape) and _linear(node) is not None


def _channel_params(node: Node) -> Params:
    form, constant = _linear(node), _constant(node)
    assert form is not None and constant is not None
    values = node.constant(constant).reshape(-1).astype(np.int64)
    of_constant, of_input = (form.a, form.b) if constant == 0 else (form.b, form.a)
    low, high = activation_bounds(node)
    bias = Array("int32_t", (form.bias + of_constant * values).astype(np.int32))
    fields: dict[str, Field] = {"bias": bias, "a": of_input, "shift": form.shift}
    return Params("tk_add_channels", fields | {"low": low, "high": high, "channels": values.size})


def _exact_fields(node: Node, prefix: str = "") -> dict[str, Field]:
    r = rescale(*_scales(node))
    low, high = activation_bounds(node)
    fields: dict[str, Field] = {"low": low, "high": high, "channels": channels_of(node.output.shape)}
    names = ("first_", r.first, node.input(0)), ("second_", r.second, node.input(1)), ("", r.output, node.output)
    for name, (multiplier, shift), tensor in names:
        zero_point = int8_scale(node, tensor).zero_point
        fields |= {f"{name}multiplier": multiplier, f"{name}shift": shift, f"{name}zero_point": zero_point}
    return {prefix + name: value for name, value in fields.items()}


def _exact_params(node: Node) -> Params:
    return Params("tk_add_exact", _exact_fields(node))


def _pairs_params(walk: Callable[[Node], list[Axis] | None]) -> Callable[[Node], Params]:
    return lambda node: Params("tk_add_pairs", {**operands(node, walk(node)), **_exact_fields(node, "sum.")})


def _linear_pairs_params(node: Node) -> Params:
    form = _linear(node)
    assert form is not None
    fields = {f"sum.{name}": value for name, value in _linear_params(node).fields.items()}
    return Params("tk_add_linear_pairs", {**operands(node, row_walk(node)), **fields})


def _is_linear_rowwise(node: Node, core: Core) -> bool:
    return is_rowwise(node, core) and _linear(node) is not None


class Add(Pair):
    kind = "ADD"
    kernels = (
        Kernel("tk_add_linear_row_s8", "tk_add", True, _linear_params, _is_linear, cost=per_output),
        table_kernel(_table, _is_one_value),
        Kernel("tk_add_channels_row_s8", "tk_add", True, _channel_params, _is_per_channel, cost=row_cost),
        Kernel("tk_add_exact_row_s8", "tk_add", True, _exact_params, _is_rowwise, cost=per_output),
        Kernel("tk_add_linear_pairs_row_s8", "tk_add", True, _linear_pairs_params, _is_linear_rowwise, cost=row_cost),
        Kernel("tk_add_pairs_row_s8", "tk_add", True, _pairs_params(row_walk), is_rowwise, cost=row_cost),
        Kernel("tk_add_pairs_s8", "tk_add", False, _pairs_params(walk), cost=per_output),
    )

    def check(self, node: Node) -> None:
        super().check(node)
        activation_bounds(node)
        first, second, output = _scales(node)
        if not 2 * max(first.scale, second.scale) < 2**20 * output.scale:
            raise InputError(f"{node.where}: the output's scale is too small for its inputs'")


ADD = Add()
