"""CONV_2D: int8, per-channel weights, any kernel size, stride, dilation and padding; and its 1×1 case."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops import mve, wide
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import int8_scale
from tinykit.ops.filters import (
    Weights,
    biases,
    channel_fields,
    channel_scales,
    check_filter,
    check_map,
    edge_pixels,
    edge_taps,
    folded_biases,
    pixel_pairs,
    reaches_outside,
    window_fields,
    window_region,
    window_shape,
)


def _kernel_size(node: Node) -> tuple[int, int]:
    return node.input(1).shape[1], node.input(1).shape[2]


def _params(node: Node) -> Params:
    weights = node.constant(1)
    outputs, height, width, depth = weights.shape
    flat = weights.reshape(outputs, -1)
    fields: dict[str, Field] = {
        "weights": Array("int8_t", weights),
        "bias": Array("int32_t", folded_biases(node, flat).astype(np.int32)),
        **channel_fields(node, flat, channel_scales(node, outputs)),
        "offset": -int8_scale(node, node.input(0)).zero_point,
        **window_fields(node, (height, width)),
        "in_channels": depth,
        "out_channels": outputs,
    }
    if reaches_outside(node, (height, width)):
        fields["edge_bias"] = Array("int32_t", biases(node, outputs).astype(np.int32))
    return Params("tk_conv", fields)


def window_cost(node: Node, height: int, width: int, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_conv_row_s8` with a window of `height` by `width`, rows in pieces; two outputs at a time."""
    outputs, depth = node.output.shape[3], node.input(0).shape[3]
    pairs, lone, edges = pixel_pairs(node, (height, width), piece)
    run = width * depth if node.attrs["dilation"][1] == 1 else depth
    runs = height if node.attrs["dilation"][1] == 1 else height * width
    passes = -(-outputs // 2)
    taps, lines = edge_taps(node, (height, width))
    terms: dict[str, float] = {
        "edge_group": passes * taps * depth / 4,
        "edge_run": passes * lines,
        "edge_pass": passes * edges,
    }
    for kind, pixels in (("two", pairs), ("one", lone)):
        terms |= {
            f"{kind}_group": pixels * passes * runs * (run // 4),
            f"{kind}_tail": pixels * passes * runs * (run % 4),
            f"{kind}_run": pixels * passes * runs,
            f"{kind}_pass": pixels * passes,
        }
    return {**terms, "pixel": pairs + lone + edges, "call": 1}


def _cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    return window_cost(node, *_kernel_size(node), piece)


def gathered(params: Params) -> Params:
    """The same for windows that are copied, edges and all."""
    return Params(params.ctype, {name: value for name, value in params.fields.items() if name != "edge_bias"})


def gathered_cost(node: Node, height: int, width: int, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_conv_gathered_row_s8` with a window of `height` by `width`, rows in pieces; pixels go in pairs."""
    _, rows, columns, outputs = node.output.shape
    depth, edges = node.input(0).shape[3], edge_pixels(node, (height, width))
    if node.attrs["dilation"][1] > 1:
        edges = rows * columns
    whole, taps, size = rows * columns - edges, height * width * depth, piece or columns
    lone = rows * (columns // size * (size % 2) + columns % size % 2)
    return {
        "mac": (rows * columns - lone) * outputs * taps,
        "lone_mac": lone * outputs * taps,
        "output": rows * columns * outputs,
        "pixel": rows * columns,
        "run": whole * height,
        "byte": whole * taps,
        "edge_tap": edges * height * width,
        "edge_byte": edges * taps,
        "call": 1,
    }


def _point_cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_pointwise_row_s8`, rows in pieces; a layer is one long row."""
    outputs, _, _, depth = node.input(1).shape
    _, rows, cols, _ = node.output.shape
    rows, cols = (rows, cols) if piece else (1, rows * cols)
    step = piece or cols
    pairs = rows * (cols // step * (step // 2) + cols % step // 2)
    passes = -(-outputs // 2)
    terms: dict[str, float] = {}
    for kind, pixels in (("two", pairs), ("one", rows * cols - 2 * pairs)):
        terms |= {
            f"{kind}_group": pixels * passes * (depth // 4),
            f"{kind}_tail": pixels * passes * (depth % 4),
            f"{kind}_pass": pixels * passes,
        }
    return {**terms, "call": 1}


def _mve_point_piece(node: Node, piece: int) -> Mapping[str, float]:
    outputs, *taps = node.input(1).shape
    _, rows, pixels, _ = node.output.shape
    return mve.point_terms(rows, pixels, outputs, math.prod(taps), piece)


def _mve_point_cost(node: Node) -> Mapping[str, float]:
    outputs, *taps = node.input(1).shape
    return mve.point_terms(1, math.prod(node.output.shape[1:3]), outputs, math.prod(taps))


def mve_cost(node: Node, height: int, width: int, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_conv_mve_row_s8` with a window of `height` by `width`, rows in pieces."""
    _, rows, columns, outputs = node.output.shape
    depth = node.input(0).shape[3]
    pieces = edge_pixels(node, (height, width)) if node.attrs["dilation"][1] == 1 else rows * columns
    whole = rows * columns - pieces
    return {
        **mve.terms(rows, columns, outputs, height * width * depth, piece),
        "run": whole * height,
        "run_vector": whole * height * -(-width * depth // 16),
        "edge_tap": pieces * height * width,
        "edge_vector": pieces * height * width * -(-depth // 16),
    }


def wide_terms(rows: int, pixels: int, outputs: int, taps: int, piece: int = 0) -> dict[str, float]:
    """Cost terms of `rows` times `pixels` side by side, in pieces: three at a time, then two, a lone one by itself."""
    if 0 < piece < pixels:
        whole = wide_terms(rows * (pixels // piece), piece, outputs, taps)
        rest = wide_terms(rows, pixels % piece, outputs, taps) if pixels % piece else {}
        return {term: count + rest.get(term, 0) for term, count in whole.items()}
    pairs, groups = outputs // 2, wide.groups(taps)
    if pixels == 1:
        threes, twos, ones = 0, 0, 1
    else:
        threes, twos, ones = ((pixels // 3, 0, 0), (pixels // 3 - 1, 2, 0), (pixels // 3, 1, 0))[pixels % 3]
    alone = (threes + twos + ones) * (outputs % 2)
    return {
        "three_group": rows * threes * pairs * groups,
        "three": rows * threes * pairs,
        "two_group": rows * twos * pairs * groups,
        "two": rows * twos * pairs,
        "one_group": rows * ones * pairs * groups,
        "one": rows * ones * pairs,
        "alone_group": rows * alone * groups,
        "alone": rows * alone,
        "widen": rows * pixels * groups,
        "pixel": rows * pixels,
        "pass": rows * (threes + twos + ones),
        "call": 1,
    }


def _wide_point_piece(node: Node, piece: int) -> Mapping[str, float]:
    outputs, *taps = node.input(1).shape
    _, rows, pixels, _ = node.output.shape
    return wide_terms(rows, pixels, outputs, math.prod(taps), piece)


def _wide_point_cost(node: Node) -> Mapping[str, float]:
    outputs, *taps = node.input(1).shape
    return wide_terms(1, math.prod(node.output.shape[1:3]), outputs, math.prod(taps))


def wide_cost(node: Node, height: int, width: int, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_conv_wide_row_s8` with a window of `height` by `width`, rows in pieces."""
    _, rows, columns, outputs = node.output.shape
    depth = node.input(0).shape[3]
    edges = edge_pixels(node, (height, width))
    whole = rows * columns - edges
    straight = node.attrs["dilation"][1] == 1 and width * depth % wide.GROUP == 0
    taps = edges if node.attrs["dilation"][1] == 1 else rows * columns
    return {
        **wide_terms(rows, columns, outputs, height * width * depth, piece),
        "run": whole * height if straight else 0,
        "copy": 0 if straight else whole * height,
        "copy_word": 0 if straight else whole * height * (width * depth // 4),
        "copy_byte": 0 if straight else whole * height * (width * depth % 4),
        "edge_tap": taps * height * width,
        "edge_byte": taps * height * width * depth,
    }


def _wide_cost(node: Node) -> Mapping[str, float]:
    return wide_cost(node, *_kernel_size(node))


def _weights(node: Node) -> Weights:
    weights: Weights = node.constant(1)
    return weights.reshape(weights.shape[0], -1)


def wide_params(node: Node, weights: Weights, height: int, width: int) -> Params:
    """The emitter of `tk_conv_wide` for `weights` [outputs, taps] of a window."""
    outputs, taps = weights.shape
    depth = taps // (height * width)
    fields: dict[str, Field] = {
        "weights": wide.packed_in_pairs(node, weights, channel_scales(node, outputs)),
        "groups": wide.groups(taps),
        **window_fields(node, (height, width)),
        "in_channels": depth,
        "out_channels": outputs,
        "zero_point": int8_scale(node, node.input(0)).zero_point,
    }
    return Params("tk_conv_wide", fields)


def _wide_params(node: Node) -> Params:
    return wide_params(node, _weights(node), *_kernel_size(node))


def wide_scratch(taps: int) -> int:
    """Three widened windows, and the bytes of one that lies in pieces."""
    return 28 * wide.groups(taps)


def _wide_scratch(node: Node) -> int:
    taps = math.prod(node.input(1).shape[1:])
    return 24 * wide.groups(taps) if _is_point(node) else wide_scratch(taps)


def _fits_wide(node: Node, core: Core) -> bool:
    return wide.fits(node, core, _weights(node), channel_scales(node, node.input(1).shape[0]))


def mve_params(node: Node, weights: Weights, height: int, width: int) -> Params:
    """The emitter of `tk_conv_mve` for `weights` [outputs, taps] of a window."""
    outputs, taps = weights.shape
    scales = channel_scales(node, outputs)
    fields: dict[str, Field] = {
        "weights": mve.packed_in_fours(node, weights, scales),
        "taps": mve.filled(taps),
        **window_fields(node, (height, width)),
        "in_channels": taps // (height * width),
        "out_channels": outputs,
        **mve.output_fields(node),
    }
    return Params("tk_conv_mve", fields)


def _mve_params(node: Node) -> Params:
    return mve_params(node, _weights(node), *_kernel_size(node))


def _fits_mve(node: Node, core: Core) -> bool:
    return mve.fits(node, core, _weights(node), channel_scales(node, node.input(1).shape[0]))


def _is_point(node: Node) -> bool:
    return _kernel_size(node) == (1, 1) and node.attrs["stride"] == (1, 1) and node.attrs["padding"] == (0, 0, 0, 0)


def _is_pointwise(node: Node, core: Core) -> bool:
    return _is_point(node)


class Conv2D(Operator):
    """A convolution of an NHWC map with filters [outputs, height, width, inputs]."""

    kind = "CONV_2D"
    kernels: tuple[Kernel, ...] = (
        Kernel(
            "tk_pointwise_mve_row_s8",
            "tk_conv_mve",
            True,
            _mve_params,
            accepts=lambda node, core: _is_pointwise(node, core) and _fits_mve(node, core),
            scratch=lambda node: mve.point_scratch(node.input(1).shape[3]),
            cost=_mve_point_cost,
            piece_cost=_mve_point_piece,
        ),
        Kernel(
            "tk_conv_mve_row_s8",
            "tk_conv_mve",
            True,
            _mve_params,
            accepts=_fits_mve,
            scratch=lambda node: mve.scratch(math.prod(node.input(1).shape[1:])),
            any_width=False,
            cost=lambda node: mve_cost(node, *_kernel_size(node)),
            piece_cost=lambda node, piece: mve_cost(node, *_kernel_size(node), piece),
        ),
        Kernel(
            "tk_pointwise_wide_row_s8",
            "tk_conv_wide",
            True,
            _wide_params,
            accepts=lambda node, core: _is_pointwise(node, core) and _fits_wide(node, core),
            scratch=_wide_scratch,
            cost=_wide_point_cost,
            piece_cost=_wide_point_piece,
        ),
        Kernel(
            "tk_conv_wide_row_s8",
            "tk_conv_wide",
            True,
            _wide_params,
            accepts=_fits_wide,
            scratch=_wide_scratch,
            any_width=False,
            cost=_wide_cost,
            piece_cost=lambda node, piece: wide_cost(node, *_kernel_size(node), piece),
        ),
        Kernel("tk_pointwise_row_s8", "tk_conv", True, _params, accepts=_is_pointwise, cost=_point_cost, piece_cost=_point_cost),
        Kernel(
            "tk_conv_gathered_row_s8",
            "tk_conv",
            True,
            lambda node: gathered(_params(node)),
            accepts=lambda node, core: not core.dsp,
            scratch=lambda node: 2 * math.prod(node.input(1).shape[1:]),
            any_width=False,
            cost=lambda node: gathered_cost(node, *_kernel_size(node)),
            piece_cost=lambda node, piece: gathered_cost(node, *_kernel_size(node), piece),
        ),
        Kernel("tk_conv_row_s8", "tk_conv", True, _params, any_width=False, cost=_cost, piece_cost=_cost),
    )

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        check_filter(node, node.input(1).shape[0], 0)

    def check_shapes(self, node: Node) -> None:
        """Raise InputError unless the filters suit the map."""
        check_map(node, node.input(0))
        weights = node.input(1)
        if len(weights.shape) != 4:
            raise InputError(f"{node.where}: weights '{weights.name}' must have 4 dimensions")
        if weights.shape[3] != node.input(0).shape[3]:
            raise InputError(
                f"{node.where}: filters of depth {weights.shape[3]} do not divide {node.input(0).shape[3]} channels"
                " and the filters into groups"
            )

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((1, *window_shape(node, _kernel_size(node)), node.input(1).shape[0]),)

    def region(self, node: Node, index: int) -> Region | None:
        return window_region(node, _kernel_size(node))

    def macs(self, node: Node) -> int:
        return math.prod(node.output.shape) * math.prod(node.input(1).shape[1:])


CONV_2D = Conv2D()
