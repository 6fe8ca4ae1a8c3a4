"""RESIZE_BILINEAR."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops.base import Array, Field, Kernel, Node, Operator, Params
from tinykit.ops.checks import int8_scale

_ONE = 1 << 10
Indices = npt.NDArray[np.int64]


def _places(node: Node, size: int, outputs: int) -> tuple[Indices, Indices, Indices]:
    """For each row (or column) of the output: the two of the input it lies between, and its distance from the first in 1/1024."""
    numerator, denominator = (size - 1, outputs - 1) if node.attrs["align_corners"] and outputs > 1 else (size, outputs)
    step = (_ONE * numerator + denominator // 2) // denominator
    scaled = np.arange(outputs, dtype=np.int64) * step
    if node.attrs["half_pixel_centers"]:
        scaled += step // 2 - _ONE // 2
    first = np.maximum(_truncated(scaled), 0)
    second = np.minimum(_truncated(scaled + _ONE - 1), size - 1)
    # The reference reads beyond the map where rounding takes it there; here the last row counts.
    return np.minimum(first, size - 1), second, scaled - _ONE * first


def _truncated(scaled: Indices) -> Indices:
    """scaled / 1024, towards zero."""
    result: Indices = np.sign(scaled) * (np.abs(scaled) // _ONE)
    return result


def _axes(node: Node) -> list[tuple[Indices, Indices, Indices]]:
    return [_places(node, n, out) for n, out in zip(node.input().shape[1:3], node.attrs["size"], strict=True)]


def _params(node: Node) -> Params:
    batch, height, width, channels = node.input().shape
    fields: dict[str, Field] = {"batch": batch, "map": height * width * channels, "channels": channels}
    for name, step, (first, second, rest) in zip(("row", "col"), (width * channels, channels), _axes(node), strict=True):
        fields[f"{name}s"] = first.size
        fields[f"{name}_first"] = Array("int32_t", (first * step).astype(np.int32))
        fields[f"{name}_second"] = Array("int32_t", (second * step).astype(np.int32))
        fields[f"{name}_rest"] = Array("int16_t", rest.astype(np.int16))
    return Params("tk_resize_bilinear", fields)


def _cost(node: Node) -> Mapping[str, float]:
    return {"output": node.output.elements, "pixel": node.output.elements / node.output.shape[3]}


class ResizeBilinear(Operator):
    kind = "RESIZE_BILINEAR"
    kernels = (Kernel("tk_resize_bilinear_s8", "tk_resize_bilinear", False, _params, cost=_cost),)

    def check(self, node: Node) -> None:
        int8_scale(node, node.input())
        int8_scale(node, node.output)
        if node.attrs["align_corners"] and node.attrs["half_pixel_centers"]:
            raise InputError(f"{node.where}: corners cannot be aligned with half pixel centers")
        for _, second, rest in _axes(node):
            if second.min() < 0 or np.abs(rest).max() > 2 * _ONE:
                raise InputError(f"{node.where}: this size is out of the range TFLite can interpolate to")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        batch, _, _, channels = node.input().shape
        return ((batch, *node.attrs["size"], channels),)


RESIZE_BILINEAR = ResizeBilinear()
