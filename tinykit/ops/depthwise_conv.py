"""DEPTHWISE_CONV_2D: int8, per-channel weights, any multiplier, stride, dilation and padding."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import Shape
from tinykit.ops import mve, wide
from tinykit.ops.base import Array, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import int8_scale
from tinykit.ops.conv import gathered, gathered_cost, mve_cost, mve_params, wide_cost, wide_params, wide_scratch, window_cost
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


def _common(node: Node, height: int, width: int) -> dict[str, Field]:
    outputs = node.input(1).shape[3]
    flat = node.constant(1).reshape(-1, outputs).T
    return {
        "bias": Array("int32_t", folded_biases(node, flat).astype(np.int32)),
        **channel_fields(node, flat, channel_scales(node, outputs)),
        "offset": -int8_scale(node, node.input(0)).zero_point,
        **window_fields(node, (height, width)),
        "in_channels": node.input(0).shape[3],
    }


def _edge_bias(node: Node) -> Array:
    return Array("int32_t", biases(node, node.input(1).shape[3]).astype(np.int32))


def _params(node: Node) -> Params:
    height, width = _kernel_size(node)
    fields = _common(node, height, width)
    fields["weights"] = Array("int8_t", node.constant(1))
    fields["multiplier"] = node.input(1).shape[3] // node.input(0).shape[3]
    if _is_multi(node) or reaches_outside(node, (height, width)):
        fields["edge_bias"] = _edge_bias(node)
    return Params("tk_depthwise_conv", fields)


def _single_input_params(node: Node) -> Params:
    """On one input channel it is an ordinary convolution, its filters written one after the other."""
    height, width = _kernel_size(node)
    outputs = node.input(1).shape[3]
    fields = _common(node, height, width)
    fields["weights"] = Array("int8_t", np.ascontiguousarray(node.constant(1).reshape(-1, outputs).T))
    fields["out_channels"] = outputs
    if reaches_outside(node, (height, width)):
        fields["edge_bias"] = _edge_bias(node)
    return Params("tk_conv", fields)


def _is_multi(node: Node) -> bool:
    return node.input(1).shape[3] != node.input(0).shape[3]


def _counts(node: Node) -> tuple[int, int, int, int]:
    """Whole pixels, edge pixels, outputs, taps."""
    height, width = _kernel_size(node)
    edges = edge_pixels(node, (height, width))
    return math.prod(node.output.shape[1:3]) - edges, edges, node.output.shape[3], height * width


def _cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    """Cost terms of `tk_depthwise_conv_row_s8`, rows in pieces; four channels at a time."""
    height, width = _kernel_size(node)
    pairs, lone, edges = pixel_pairs(node, (height, width), piece)
    taps, lines = edge_taps(node, (height, width))
    fours, rest = divmod(node.output.shape[3], 4)
    terms: dict[str, float] = {}
    for kind, pixels, of_taps, of_lines in (
        ("two", pairs, pairs * height * width, pairs * height),
        ("one", lone, lone * height * width, lone * height),
        ("edge", edges, taps, lines),
    ):
        terms |= {
            f"{kind}_tap": of_taps * fours,
            f"{kind}_row": of_lines * fours,
            f"{kind}_four": pixels * fours,
            f"{kind}": pixels,
        }
    inner = 2 * pairs + lone
    return {
        **terms,
        "rest_tap": rest * (inner * height * width + taps),
        "rest_row": rest * (inner * height + lines),
        "rest": rest * (inner + edges),
        "call": 1,
    }


def _multi_cost(node: Node) -> Mapping[str, float]:
    whole, edges, outputs, taps = _counts(node)
    height = _kernel_size(node)[0]
    return {
        "mac": whole * outputs * taps,
        "run": whole * outputs * height,
        "edge_mac": edges * outputs * taps,
        "edge_run": edges * outputs * height,
        "output": (whole + edges) * outputs,
        "pixel": whole + edges,
        "call": 1,
    }


def _single_input_cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    return window_cost(node, *_kernel_size(node), piece)


_SLIDING = (3, 5, 7)
"""Widths of windows whose columns the kernel shares between neighbouring pixels."""


def _slides(node: Node) -> bool:
    return _kernel_size(node)[1] in _SLIDING and node.attrs["stride"][1] == 1 and node.attrs["dilation"][1] == 1


def _flat(node: Node) -> Weights:
    """The weights as [outputs, taps]."""
    weights: Weights = node.constant(1).reshape(-1, node.input(1).shape[3]).T
    return weights


def _wide_params(node: Node) -> Params:
    height, width = _kernel_size(node)
    slides = _slides(node)
    fields: dict[str, Field] = {
        "weights": wide.packed_by_tap(node, _flat(node), channel_scales(node, node.input(1).shape[3])),
        "three": f"tk_depthwise_three_{width if slides else 'any'}",
        "two": f"tk_depthwise_two_{width}" if slides else "0",
        **window_fields(node, (height, width)),
        "channels": node.input(0).shape[3],
        "zero_point": int8_scale(node, node.input(0)).zero_point,
    }
    return Params("tk_depthwise_wide", fields)


_POINTER = 8
"""Bytes, so that the host's fit too."""
_ARM_POINTER = 4


def _wide_scratch(node: Node) -> int:
    height, width = _kernel_size(node)
    each = 3 * width * _POINTER
    if _slides(node):  # built for size, an Arm core takes each pixel's columns by themselves
        each = max((width + 2) * _POINTER, 3 * width * _ARM_POINTER)
    return height * each + node.input(0).shape[3]


def _fits_wide(node: Node, core: Core) -> bool:
    outputs = node.input(1).shape[3]
    whole = not _is_multi(node) and outputs % wide.GROUP == 0
    return whole and wide.fits(node, core, _flat(node), channel_scales(node, outputs))


def _wide_cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    rows, pixels = node.output.shape[1:3]
    height, width = _kernel_size(node)
    pieces = [(rows * (pixels // piece), piece), (rows, pixels % piece)] if 0 < piece < pixels else [(rows, pixels)]
    parts = [_wide_terms(node, *part) for part in pieces if part[1]]
    return {
        **{term: sum(part.get(term, 0) for part in parts) for term in parts[0]},
        "edge": edge_pixels(node, (height, width)) * height * width,
        "call": 1,
    }


def _wide_terms(node: Node, rows: int, pixels: int) -> dict[str, float]:
    """Cost terms of `rows` times `pixels` side by side."""
    height, width = _kernel_size(node)
    channels, slides = node.output.shape[3], _slides(node)
    if not slides:
        threes, twos, ones = pixels // 3, 0, pixels % 3
    elif pixels == 1:
        threes, twos, ones = 0, 0, 1
    else:
        threes, twos, ones = ((pixels // 3, 0, 0), (pixels // 3 - 1, 2, 0), (pixels // 3, 1, 0))[pixels % 3]
    kind, fours = (f"_{width}" if slides else "_any"), rows * channels // wide.GROUP
    columns = width + 2 if slides else 3 * width
    return {
        f"three{kind}": threes * fours,
        f"three_row{kind}": threes * fours * (height if slides else height * width),
        f"two{kind}": twos * fours,
        f"two_row{kind}": twos * fours * height,
        "one": ones * fours,
        "one_tap": ones * fours * height * width,
        "column": ((threes + twos) * columns + ones * width) * rows * height,
        "outside": rows * channels,
        "pixel": rows * (threes + twos + ones),
    }


def _mve_together(node: Node) -> int:
    return mve.together(node.input(0).shape[3], node.attrs["stride"][1])


def _mve_params(node: Node) -> Params:
    height, width = _kernel_size(node)
    pixels, channels = _mve_together(node), node.input(0).shape[3]
    fields: dict[str, Field] = {
        "weights": mve.packed_by_lane(node, _flat(node), channel_scales(node, channels), pixels),
        **window_fields(node, (height, width)),
        "channels": channels,
        "together": pixels,
        **mve.output_fields(node),
    }
    return Params("tk_depthwise_mve", fields)


def _mve_scratch(node: Node) -> int:
    height, width = _kernel_size(node)
    channels, pixels = node.input(0).shape[3], _mve_together(node)
    columns = pixels + (width - 1) * node.attrs["dilation"][1]
    return _POINTER * height * width + (channels if pixels == 1 else height * columns * channels + mve.LANES)


def _mve_cost(node: Node, piece: int = 0) -> Mapping[str, float]:
    """Terms of blocks of lanes, and of runs of pixels whose windows lie inside; others are computed one by one."""
    height, width = _kernel_size(node)
    rows, columns, channels = node.output.shape[1:]
    pixels, taps = _mve_together(node), height * width
    blocks = -(-channels // mve.LANES)
    pieces = [piece] * (columns // piece) + [columns % piece] * (columns % piece > 0) if piece else [columns]
    edges = edge_pixels(node, (height, width))
    lone = -(-edges // pixels)
    runs = (rows * len(pieces) if edges < rows * columns else 0) + lone
    groups = rows * sum(-(-count // pixels) for count in pieces)
    return {
        "pair": groups * blocks * (taps // 2),
        "block": groups * blocks,
        "pixel": groups,
        "run": runs,
        "run_tap": runs * taps,
        "gathered": lone * height if pixels > 1 else 0,
        "call": 1,
    }


def _fits_mve_lanes(node: Node, core: Core) -> bool:
    whole = not _is_multi(node) and _mve_together(node) > 0
    return whole and mve.adds_in_pairs(_flat(node)) and _fits_mve(node, core)


def _single_wide_params(node: Node) -> Params:
    return wide_params(node, np.ascontiguousarray(_flat(node)), *_kernel_size(node))


def _fits_single_wide(node: Node, core: Core) -> bool:
    return _on_one_channel(node, core) and wide.fits(node, core, _flat(node), channel_scales(node, node.input(1).shape[3]))


def _fits_mve(node: Node, core: Core) -> bool:
    return mve.fits(node, core, _flat(node), channel_scales(node, node.input(1).shape[3]))


def _on_one_channel(node: Node, core: Core) -> bool:
    return node.input(0).shape[3] == 1


def _on_each_channel(node: Node, core: Core) -> bool:
    return not _is_multi(node)


class DepthwiseConv2D(Operator):
    """A convolution of each channel by itself, with filters [1, height, width, inputs × multiplier]."""

    kind = "DEPTHWISE_CONV_2D"
    kernels: tuple[Kernel, ...] = (
        Kernel(
            "tk_conv_mve_row_s8",
            "tk_conv_mve",
            True,
            lambda node: mve_params(node, np.ascontiguousarray(_flat(node)), *_kernel_size(node)),
            accepts=lambda node, core: _on_one_channel(node, core) and _fits_mve(node, core),
            scratch=lambda node: mve.scratch(math.prod(_kernel_size(node))),
            any_width=False,
            cost=lambda node: mve_cost(node, *_kernel_size(node)),
            piece_cost=lambda node, piece: mve_cost(node, *_kernel_size(node), piece),
        ),
        Kernel(
            "tk_conv_wide_row_s8",
            "tk_conv_wide",
            True,
            _single_wide_params,
            accepts=_fits_single_wide,
            scratch=lambda node: wide_scratch(math.prod(_kernel_size(node))),
            any_width=False,
            cost=lambda node: wide_cost(node, *_kernel_size(node)),
            piece_cost=lambda node, piece: wide_cost(node, *_kernel_size(node), piece),
        ),
        Kernel(
            "tk_conv_gathered_row_s8",
            "tk_conv",
            True,
            lambda node: gathered(_single_input_params(node)),
            accepts=lambda node, core: _on_one_channel(node, core) and not core.dsp,
            scratch=lambda node: 2 * math.prod(_kernel_size(node)),
            any_width=False,
            cost=lambda node: gathered_cost(node, *_kernel_size(node)),
            piece_cost=lambda node, piece: gathered_cost(node, *_kernel_size(node), piece),
        ),
        Kernel(
            "tk_conv_row_s8",
            "tk_conv",
            True,
            _single_input_params,
            accepts=_on_one_channel,
            any_width=False,
            cost=_single_input_cost,
            piece_cost=_single_input_cost,
        ),
        Kernel(
            "tk_depthwise_mve_row_s8",
            "tk_depthwise_mve",
            True,
            _mve_params,
            accepts=_fits_mve_lanes,
            scratch=_mve_scratch,
            any_width=False,
            cost=_mve_cost,
            piece_cost=_mve_cost,
        ),
        Kernel(
            "tk_depthwise_wide_row_s8",
            "tk_depthwise_wide",
            True,
            _wide_params,
            accepts=_fits_wide,
            scratch=_wide_scratch,
            any_width=False,
            cost=_wide_cost,
            piece_cost=_wide_cost,
        ),
        Kernel(
            "tk_depthwise_conv_row_s8",
            "tk_depthwise_conv",
            True,
            _params,
            accepts=_on_each_channel,
            any_width=False,
            cost=_cost,
            piece_cost=_cost,
        ),
        Kernel("tk_depthwise_multi_row_s8", "tk_depthwise_conv", True, _params, any_width=False, cost=_multi_cost),
    )

    def check(self, node: Node) -> None:
        self.check_shapes(node)
        check_filter(node, node.input(1).shape[3], 3)

    def check_shapes(self, node: Node) -> None:
        """Raise InputError unless the filters suit the map."""
        check_map(node, node.input(0))
        weights = node.input(1)
        if len(weights.shape) != 4 or weights.shape[0] != 1 or weights.shape[3] % node.input(0).shape[3]:
            raise InputError(
                f"{node.where}: weights of shape {list(weights.shape)} do not suit {node.input(0).shape[3]} channels"
            )

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return ((1, *window_shape(node, _kernel_size(node)), node.input(1).shape[3]),)

    def region(self, node: Node, index: int) -> Region | None:
        return window_region(node, _kernel_size(node))

    def macs(self, node: Node) -> int:
        return math.prod(node.output.shape) * math.prod(node.input(1).shape[1:3])


DEPTHWISE_CONV_2D = DepthwiseConv2D()
