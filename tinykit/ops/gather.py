"""Operators that pick elements by an index for each axis: RESIZE_NEAREST_NEIGHBOR, TILE, MIRROR_PAD, GATHER, BROADCAST_TO."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.axes import braces, strides
from tinykit.ops.base import Access, Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_same_type

_LOOPS = 4
Indices = npt.NDArray[np.int64]
Picker = Callable[[Node], list[Indices]]
"""For each axis: the input's index for every index of the output."""


def _walk(picked: list[Indices], shape: Shape) -> tuple[list[Indices], int]:
    """Where the output's elements lie on each axis, in elements, and the run of them that lies together."""
    shape = (1,) * (len(picked) - len(shape)) + shape
    offsets = [indices * step for indices, step in zip(picked, strides(shape), strict=True)]
    run = 1
    while offsets and np.array_equal(picked[len(offsets) - 1], np.arange(shape[len(offsets) - 1])):
        run *= offsets.pop().size
    return [axis for axis in offsets if axis.size > 1 or axis[0]], run


def _params(picker: Picker) -> Callable[[Node], Params]:
    def params(node: Node) -> Params:
        offsets, run = _walk(picker(node), node.input().shape)
        size = node.output.dtype.size
        offsets = [np.zeros(1, np.int64)] * (_LOOPS - len(offsets)) + offsets
        fields: dict[str, Field] = {"count": braces([axis.size for axis in offsets]), "run": run * size}
        for name, axis in zip("ijkl", offsets, strict=True):
            fields[name] = Array("int32_t", (axis * size).astype(np.int32))
        return Params("tk_gather", fields)

    return params


def _cost(picker: Picker) -> Callable[[Node], Mapping[str, float]]:
    def cost(node: Node) -> Mapping[str, float]:
        return {"byte": node.output.bytes, "run": node.output.elements / _walk(picker(node), node.input().shape)[1]}

    return cost


class Gather(Operator):
    def picked(self, node: Node) -> list[Indices]:
        raise NotImplementedError

    def check(self, node: Node) -> None:
        check_same_type(node, node.input(), node.output)
        if len(_walk(self.picked(node), node.input().shape)[0]) > _LOOPS:
            raise InputError(f"{node.where}: more than {_LOOPS} axes are not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (tuple(indices.size for indices in self.picked(node)),)


def _kernels(picker: Picker) -> tuple[Kernel, ...]:
    return (Kernel("tk_gather_bytes", "tk_gather", False, _params(picker), cost=_cost(picker)),)


def nearest(attrs: Mapping[str, Any], size: int, outputs: int) -> Indices:
    """The input's row (or column) for each of the output's; TFLite computes them in float32."""
    corners, offset = attrs["align_corners"], np.float32(0.5 if attrs["half_pixel_centers"] else 0)
    numerator, denominator = (size - 1, outputs - 1) if corners and outputs > 1 else (size, outputs)
    places = (np.arange(outputs, dtype=np.float32) + offset) * (np.float32(numerator) / np.float32(denominator))
    found: Indices = np.floor(places.astype(np.float64) + (0.5 if corners else 0)).astype(np.int64)
    return np.clip(found, 0, size - 1)


def _resized(node: Node) -> list[Indices]:
    batch, height, width, channels = node.input().shape
    rows, cols = (nearest(node.attrs, n, out) for n, out in zip((height, width), node.attrs["size"], strict=True))
    return [np.arange(batch), rows, cols, np.arange(channels)]


def _access(picked: Indices, size: int) -> Access | None:
    """How the indices read the input, where every so many are taken or each is repeated as often."""
    first, outputs = int(picked[0]), picked.size
    step = int(picked[1]) - first if outputs > 1 else 1
    if step > 0 and np.array_equal(picked, first + step * np.arange(outputs)):
        return Access(step, -first)
    times = outputs // size
    if times > 1 and np.array_equal(picked, np.arange(outputs) // times):
        return Access(before=times - 1, extent=times, spread=times)
    return None


def _resizes_rows(node: Node, core: Core) -> bool:
    shape = node.input().shape
    return shape[0] == 1 and _access(_resized(node)[1], shape[1]) is not None


def _resize_row_params(node: Node) -> Params:
    columns, run = _resized(node)[2], node.output.shape[3] * node.output.dtype.size
    access = _access(_resized(node)[1], node.input().shape[1])
    assert access is not None
    offsets = Array("int32_t", (columns * run).astype(np.int32))
    return Params("tk_gather_row", {"rows": access.extent, "columns": offsets, "run": run})


def _resize_row_cost(node: Node) -> Mapping[str, float]:
    _, height, width, _ = node.output.shape
    return {"byte": node.output.bytes, "run": height * width}


def _tiled(node: Node) -> list[Indices]:
    return [np.tile(np.arange(n), times) for n, times in zip(node.input().shape, node.attrs["multiples"], strict=True)]


def _mirrored(node: Node) -> list[Indices]:
    mode = node.attrs["mode"]
    return [np.pad(np.arange(n), pair, mode=mode) for n, pair in zip(node.input().shape, node.attrs["paddings"], strict=True)]


def _gathered(node: Node) -> list[Indices]:
    axes = [np.arange(n) for n in node.input().shape]
    axes[node.attrs["axis"]] = np.array(node.attrs["indices"], np.int64)
    return axes


def _broadcast(node: Node) -> list[Indices]:
    wanted = node.attrs["shape"]
    shape = (1,) * (len(wanted) - len(node.input().shape)) + node.input().shape
    return [np.arange(n) if n == size else np.zeros(n, np.int64) for size, n in zip(shape, wanted, strict=True)]


class ResizeNearestNeighbor(Gather):
    kind = "RESIZE_NEAREST_NEIGHBOR"
    kernels = (
        Kernel(
            "tk_gather_row_bytes", "tk_gather", True, _resize_row_params, _resizes_rows, any_width=False, cost=_resize_row_cost
        ),
        *_kernels(_resized),
    )

    def region(self, node: Node, index: int) -> Region | None:
        (_, rows, columns, _), (_, height, width, _) = _resized(node), node.input().shape
        whole_row = Access(stride=0, extent=width)
        return Region(_access(rows, height) or Access(), _access(columns, width) or whole_row)

    def picked(self, node: Node) -> list[Indices]:
        return _resized(node)


class Tile(Gather):
    """tflite_micro lacks this one; nothing is computed."""

    kind = "TILE"
    kernels = _kernels(_tiled)

    def picked(self, node: Node) -> list[Indices]:
        return _tiled(node)

    def check(self, node: Node) -> None:
        if math.prod(node.attrs["multiples"]) * node.input().elements != node.output.elements:
            raise InputError(f"{node.where} does not repeat {list(node.input().shape)} {node.attrs['multiples']} times")
        super().check(node)


class MirrorPad(Gather):
    kind = "MIRROR_PAD"
    kernels = _kernels(_mirrored)

    def picked(self, node: Node) -> list[Indices]:
        return _mirrored(node)

    def check(self, node: Node) -> None:
        border = 1 if node.attrs["mode"] == "reflect" else 0
        pairs = zip(node.input().shape, node.attrs["paddings"], strict=True)
        if any(max(pair) > size - border for size, pair in pairs):
            raise InputError(f"{node.where}: a mirror image cannot be wider than the tensor")
        super().check(node)


class GatherPlaces(Gather):
    kind = "GATHER"
    kernels = _kernels(_gathered)

    def picked(self, node: Node) -> list[Indices]:
        return _gathered(node)

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (node.output.shape,)  # read with the places, which may have any shape


class BroadcastTo(Gather):
    kind = "BROADCAST_TO"
    kernels = _kernels(_broadcast)

    def picked(self, node: Node) -> list[Indices]:
        return _broadcast(node)


GATHER = GatherPlaces()
BROADCAST_TO = BroadcastTo()
RESIZE_NEAREST_NEIGHBOR = ResizeNearestNeighbor()
TILE = Tile()
MIRROR_PAD = MirrorPad()
