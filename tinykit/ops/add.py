"""ADD, elementwise with broadcasting."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import braces, joined, padded, strides
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import activation_bounds, int8_scale
from tinykit.ops.fixed_point import Ints, Scale
from tinykit.ops.linear_add import LinearAdd, linear_add, rescale, sums
from tinykit.ops.unary import channels_of, per_output, table_kernel

_LOOPS = 5


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


def _channel_cost(node: Node) -> Mapping[str, float]:
    outputs = node.output.elements
    return {"output": outputs, "pixel": outputs / channels_of(node.output.shape)}


def _broadcast(node: Node) -> Shape:
    try:
        return np.broadcast_shapes(node.input(0).shape, node.input(1).shape)
    except ValueError:
        raise InputError(
            f"{node.where}: shapes {list(node.input(0).shape)} and {list(node.input(1).shape)} do not go together"
        ) from None


def _walked_steps(shape: Shape, out: Shape) -> list[int]:
    """The step of a broadcast operand on each axis of the output: 0 where it is repeated."""
    steps = [0 if size == 1 else step for size, step in zip(shape, strides(shape), strict=True)]
    return [0] * (len(out) - len(shape)) + steps


def _walk(node: Node) -> list[tuple[int, ...]] | None:
    out = _broadcast(node)
    steps = [_walked_steps(node.input(i).shape, out) for i in (0, 1)]
    return padded(joined(list(zip(out, *steps, strict=True))), _LOOPS, 2)


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


def _broadcast_params(node: Node) -> Params:
    walk = _walk(node)
    assert walk is not None
    count, first, second = zip(*walk, strict=True)
    operands: dict[str, Field] = {
        name: Array("int8_t", data)
        for name, data in (("first", node.input(0).data), ("second", node.input(1).data))
        if data is not None
    }
    steps = {"count": braces(count), "first_stride": braces(first), "second_stride": braces(second)}
    return Params("tk_add_broadcast", _exact_fields(node, "sum.") | operands | steps)


class Add(Operator):
    kind = "ADD"
    kernels = (
        Kernel("tk_add_linear_row_s8", "tk_add", True, _linear_params, _is_linear, cost=per_output),
        table_kernel(_table, _is_one_value),
        Kernel("tk_add_channels_row_s8", "tk_add", True, _channel_params, _is_per_channel, cost=_channel_cost),
        Kernel("tk_add_exact_row_s8", "tk_add", True, _exact_params, _is_rowwise, cost=per_output),
        Kernel("tk_add_broadcast_s8", "tk_add", False, _broadcast_params, cost=per_output),
    )

    def check(self, node: Node) -> None:
        first, second, output = _scales(node)
        activation_bounds(node)
        if all(node.input(i).data is not None for i in (0, 1)):
            raise InputError(f"{node.where} adds two constants", hint="export the model with constants folded")
        if not 2 * max(first.scale, second.scale) < 2**20 * output.scale:
            raise InputError(f"{node.where}: the output's scale is too small for its inputs'")
        if _walk(node) is None:
            raise InputError(f"{node.where}: broadcasting over this many axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (_broadcast(node),)

    def region(self, node: Node, index: int) -> Region | None:
        return Region()

    def in_place(self, node: Node) -> tuple[int, ...]:
        return tuple(i for i in (0, 1) if math.prod(node.input(i).shape) == math.prod(_broadcast(node)))


ADD = Add()
