"""CONCATENATION: bytes of several tensors, one after the other along an axis. What PACK becomes, too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.base import Access, Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_same_type

_ROWS, _PIXELS, _CHANNELS = 1, 2, 3


def _inputs(node: Node) -> range:
    return range(len(node.op.inputs))


def _sizes(node: Node) -> list[int]:
    """Of each input along the axis."""
    return [node.input(index).shape[node.attrs["axis"]] for index in _inputs(node)]


def _begins(node: Node) -> list[int]:
    return [0, *accumulate(_sizes(node))]


def _joins_maps(node: Node) -> bool:
    shape = node.output.shape
    return len(shape) == 4 and shape[0] == 1 and all(node.input(index).data is None for index in _inputs(node))


def _row_params(node: Node) -> Params:
    """Sizes in bytes where pixels are joined from channels, else in pixels."""
    size, (*_, channels) = node.output.dtype.size, node.output.shape
    unit = size if node.attrs["axis"] == _CHANNELS else 1
    sizes = Array("int32_t", np.array(_sizes(node), np.int32) * unit)
    return Params("tk_join_maps", {"inputs": len(sizes.values), "sizes": sizes, "pixel": channels * size})


def _params(node: Node) -> Params:
    axis, shape, size = node.attrs["axis"], node.output.shape, node.output.dtype.size
    runs = [math.prod(node.input(index).shape[axis:]) * size for index in _inputs(node)]
    data = [node.input(index).data for index in _inputs(node)]
    lengths = [0 if values is None else values.nbytes for values in data]
    begins = [begin if values is not None else -1 for begin, values in zip(accumulate([0, *lengths]), data, strict=False)]
    constants = [np.frombuffer(values.tobytes(), np.int8) for values in data if values is not None]
    fields: dict[str, Field] = {
        "inputs": len(runs),
        "runs": Array("int32_t", np.array(runs, np.int32)),
        "outer": math.prod(shape[:axis]),
    }
    if constants:
        fields |= {
            "constants": Array("int8_t", np.concatenate(constants)),
            "begins": Array("int32_t", np.array(begins, np.int32)),
        }
    return Params("tk_join", fields)


def _row_cost(node: Node) -> Mapping[str, float]:
    _, height, width, _ = node.output.shape
    runs = height * {_ROWS: 1, _PIXELS: len(node.op.inputs), _CHANNELS: width * len(node.op.inputs)}[node.attrs["axis"]]
    return {"byte": node.output.bytes, "run": runs}


def _cost(node: Node) -> Mapping[str, float]:
    return {"byte": node.output.bytes, "run": math.prod(node.output.shape[: node.attrs["axis"]]) * len(node.op.inputs)}


def _is_along(axis: int, node: Node) -> bool:
    return _joins_maps(node) and node.attrs["axis"] == axis


def _joins_channels(node: Node, core: Core) -> bool:
    return _is_along(_CHANNELS, node)


def _joins_pixels(node: Node, core: Core) -> bool:
    return _is_along(_PIXELS, node)


def _joins_rows(node: Node, core: Core) -> bool:
    return _is_along(_ROWS, node)


class Concatenation(Operator):
    kind = "CONCATENATION"
    kernels = (
        Kernel("tk_join_channels", "tk_join", True, _row_params, _joins_channels, cost=_row_cost),
        Kernel("tk_join_pixels", "tk_join", True, _row_params, _joins_pixels, any_width=False, cost=_row_cost),
        Kernel("tk_join_rows", "tk_join", True, _row_params, _joins_rows, cost=_row_cost),
        Kernel("tk_join_tensors", "tk_join", False, _params, cost=_cost),
    )

    def check(self, node: Node) -> None:
        for index in _inputs(node):
            check_same_type(node, node.input(index), node.output)
            if node.input(index).quant != node.output.quant:
                raise InputError(f"{node.where}: all inputs must have the output's scale and zero point")
        if node.attrs["activation"] != "none":
            raise InputError(f"{node.where}: fused activation {node.attrs['activation']} is not supported")
        if all(node.input(index).data is not None for index in _inputs(node)):
            raise InputError(f"{node.where} joins constants only", hint="export the model with constants folded")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        axis, first = node.attrs["axis"], node.input(0).shape
        for index in _inputs(node):
            shape = node.input(index).shape
            if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
                raise InputError(f"{node.where}: shapes {list(first)} and {list(shape)} do not join along axis {axis}")
        return ((*first[:axis], sum(_sizes(node)), *first[axis + 1 :]),)

    def region(self, node: Node, index: int) -> Region | None:
        before = Access(before=_begins(node)[index])
        axis = node.attrs["axis"]
        return Region(before if axis == _ROWS else Access(), before if axis == _PIXELS else Access())


CONCATENATION = Concatenation()
