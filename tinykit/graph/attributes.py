"""What each operator's options table says, resolved: paddings as numbers, activations and axes as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import tflite

from tinykit.graph import slicing
from tinykit.graph.ir import Tensor
from tinykit.graph.options import Attributes, Malformed, Reader, activation, get, integers, operand, table

_LONGEST = 32767


def _spatial(tensor: Tensor) -> tuple[int, int]:
    if len(tensor.shape) != 4:
        raise Malformed(f"tensor '{tensor.name}' has {len(tensor.shape)} dimensions where a map has 4")
    return tensor.shape[1], tensor.shape[2]


def _strides(options: Any) -> dict[str, tuple[int, int]]:
    stride = (get(options, "StrideH", 1), get(options, "StrideW", 1))
    if not 1 <= min(stride) <= max(stride) <= _LONGEST:
        raise Malformed(f"stride {stride} is not in 1 to {_LONGEST}")
    return {"stride": stride}


def _dilations(options: Any) -> tuple[int, int]:
    dilation = (get(options, "DilationHFactor", 1), get(options, "DilationWFactor", 1))
    if not 1 <= min(dilation) <= max(dilation) <= _LONGEST:
        raise Malformed(f"dilation {dilation} is not in 1 to {_LONGEST}")
    return dilation


def _padding(
    options: Any,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of SAME (0) or VALID (1), as TFLite computes them."""
    code = get(options, "Padding", 0)
    if code not in (0, 1):
        raise Malformed(f"padding {code} does not exist")
    if code == 1:
        return 0, 0, 0, 0
    sides: list[int] = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        sides += [total // 2, total - total // 2]
    return sides[0], sides[1], sides[2], sides[3]


def _conv(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.Conv2DOptions)
    strides, dilation = _strides(options), _dilations(options)
    size, kernel = _spatial(operand(inputs, 0)), _spatial(operand(inputs, 1))
    padding = _padding(options, size, kernel, strides["stride"], dilation)
    return {**strides, "dilation": dilation, "padding": padding, "activation": activation(options)}


def _depthwise(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.DepthwiseConv2DOptions)
    strides, dilation = _strides(options), _dilations(options)
    data, weights = operand(inputs, 0), operand(inputs, 1)
    size, kernel = _spatial(data), _spatial(weights)
    if data.shape[3] < 1 or weights.shape[3] % data.shape[3]:
        raise Malformed(f"{weights.shape[3]} filters do not divide over {data.shape[3]} channels")
    multiplier = weights.shape[3] // data.shape[3]
    if (told := get(options, "DepthMultiplier", multiplier)) != multiplier:
        raise Malformed(f"its depth multiplier is {told}, but {weights.shape[3]} filters serve {data.shape[3]} channels")
    padding = _padding(options, size, kernel, strides["stride"], dilation)
    return {
        **strides,
        "dilation": dilation,
        "padding": padding,
        "activation": activation(options),
        "depth_multiplier": multiplier,
    }


def _pool(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.Pool2DOptions)
    strides = _strides(options)
    filter_ = (get(options, "FilterHeight", 0), get(options, "FilterWidth", 0))
    if not 1 <= min(filter_) <= max(filter_) <= _LONGEST:
        raise Malformed(f"filter {filter_} is not in 1 to {_LONGEST}")
    padding = _padding(options, _spatial(operand(inputs, 0)), filter_, strides["stride"])
    return {**strides, "filter": filter_, "padding": padding, "activation": activation(options)}


def _fully_connected(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.FullyConnectedOptions)
    if get(options, "WeightsFormat", 0) != 0:
        raise Malformed("shuffled weights are not for microcontrollers")
    return {"activation": activation(options), "keep_num_dims": bool(get(options, "KeepNumDims", False))}


def _activated(options: type) -> Reader:
    """Operators whose only option is the fused activation."""
    return lambda op, inputs, outputs: {"activation": activation(table(op, options))}


def _softmax(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    return {"beta": float(get(table(op, tflite.SoftmaxOptions), "Beta", 0.0))}


def _mean(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    rank = len(operand(inputs, 0).shape)
    axes = integers(inputs, 1, "axes")
    if any(not -rank <= axis < rank for axis in axes):
        raise Malformed(f"axes {axes} are outside {rank} dimensions")
    keep = bool(get(table(op, tflite.ReducerOptions), "KeepDims", False))
    return {"axes": tuple(sorted({axis % rank for axis in axes})), "keep_dims": keep}


def _arg(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    rank, axes = len(operand(inputs, 0).shape), integers(inputs, 1, "axis")
    if len(axes) != 1 or not -rank <= axes[0] < rank:
        raise Malformed(f"axis {axes} is outside {rank} dimensions")
    return {"axis": axes[0] % rank}


def _transpose_conv(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.TransposeConvOptions)
    strides, size, kernel = _strides(options), _spatial(outputs[0]), _spatial(operand(inputs, 1))
    shape = operand(inputs, 0)  # computed for any batch size, it is no constant; the output has it anyway
    if shape.data is not None and tuple(integers(inputs, 0, "output shape")) != outputs[0].shape:
        raise Malformed(f"its output has shape {list(outputs[0].shape)}, not {shape.data.tolist()}")
    padding = _padding(options, size, kernel, strides["stride"])
    return {**strides, "padding": padding, "size": size, "activation": activation(options)}


def _batch_matmul(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.BatchMatMulOptions)
    return {"adjoint": (bool(get(options, "AdjX", False)), bool(get(options, "AdjY", False)))}


def _transpose(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    rank = len(operand(inputs, 0).shape)
    perm = tuple(axis + rank if axis < 0 else axis for axis in integers(inputs, 1, "permutation"))
    if sorted(perm) != list(range(rank)):
        raise Malformed(f"{perm} is no permutation of {rank} dimensions")
    return {"perm": perm}


def _padded_value(value: Tensor, output: Tensor) -> int:
    if value.data is None or value.data.size != 1 or value.dtype is not output.dtype:
        raise Malformed("the value to pad with must be one constant of the output's type")
    numbers = [tensor.quant and (tensor.quant.scale, tensor.quant.zero_point) for tensor in (value, output)]
    if numbers[0] != numbers[1]:
        raise Malformed("the value to pad with must have the output's scale and zero point")
    number = value.data.reshape(-1)[0]
    if value.data.dtype.kind == "f" and number != 0:
        raise Malformed("reals are padded with 0 only")
    return int(number)


def _pad(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    rank = len(operand(inputs, 0).shape)
    flat = integers(inputs, 1, "paddings")
    if len(flat) != 2 * rank or min(flat, default=0) < 0 or max(flat, default=0) > 65536:
        raise Malformed(f"paddings {flat} do not suit {rank} dimensions")
    attrs: dict[str, Any] = {"paddings": tuple(zip(flat[::2], flat[1::2], strict=True))}
    return attrs if len(inputs) < 3 else {**attrs, "value": _padded_value(operand(inputs, 2), outputs[0])}


def _mirror_pad(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    mode = get(table(op, tflite.MirrorPadOptions), "Mode", 0)
    if mode not in (0, 1):
        raise Malformed(f"mode {mode} does not exist")
    return {**_pad(op, inputs, outputs), "mode": ("reflect", "symmetric")[mode]}


def _resize(options: type) -> Reader:
    def read(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
        _spatial(operand(inputs, 0))
        size = integers(inputs, 1, "size")
        if len(size) != 2 or not 1 <= min(size) <= max(size) <= _LONGEST:
            raise Malformed(f"size {size} is not a height and a width")
        found = table(op, options)
        flags = {"align_corners": "AlignCorners", "half_pixel_centers": "HalfPixelCenters"}
        return {"size": tuple(size), **{flag: bool(get(found, name, False)) for flag, name in flags.items()}}

    return read


def _tile(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    multiples = integers(inputs, 1, "multiples")
    rank = len(operand(inputs, 0).shape)
    if len(multiples) != rank or any(not 1 <= times <= _LONGEST for times in multiples):
        raise Malformed(f"multiples {multiples} do not suit {rank} dimensions")
    return {"multiples": tuple(multiples)}


def _block(options: type, *, divides: bool) -> Reader:
    def read(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
        block = get(table(op, options), "BlockSize", 0)
        height, width = _spatial(operand(inputs, 0))
        parts = (height, width) if divides else (operand(inputs, 0).shape[3] // max(block, 1),)
        if not 1 <= block <= _LONGEST or any(part % block for part in parts) or 0 in parts:
            raise Malformed(f"blocks of {block} do not suit the shape {list(operand(inputs, 0).shape)}")
        return {"block": block}

    return read


def _batches(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    """Of SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: blocks, and what is padded in front or cropped behind."""
    block, flat = integers(inputs, 1, "blocks"), integers(inputs, 2, "paddings or crops")
    rank = len(operand(inputs, 0).shape)
    if rank not in (3, 4) or len(block) != rank - 2 or len(flat) != 2 * len(block) or min(block) < 1 or min(flat) < 0:
        raise Malformed(f"blocks {block} with {flat} do not suit {rank} dimensions")
    return {"block": tuple(block), "paddings": tuple(zip(flat[::2], flat[1::2], strict=True))}


def _leaky_relu(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    alpha = float(get(table(op, tflite.LeakyReluOptions), "Alpha", 0.0))
    if not math.isfinite(alpha):
        raise Malformed(f"alpha {alpha} is no number")
    return {"alpha": alpha}


def _gelu(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    return {"approximate": bool(get(table(op, tflite.GeluOptions), "Approximate", False))}


def _shape(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    if outputs[0].shape != (len(operand(inputs, 0).shape),) or outputs[0].dtype.numpy.kind != "i":
        raise Malformed(f"tensor '{outputs[0].name}' cannot hold a shape of {len(operand(inputs, 0).shape)} dimensions")
    return {}


def _var_handle(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.VarHandleOptions)
    names = [get(options, name, None) or b"" for name in ("Container", "SharedName")]
    return {"variable": tuple(name[:_LONGEST] for name in names)}


def _call_once(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    return {"subgraph": get(table(op, tflite.CallOnceOptions), "InitSubgraphIndex", 0)}


def _svdf(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    return {"rank": get(table(op, tflite.SVDFOptions), "Rank", 0)}


def _lstm(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.UnidirectionalSequenceLSTMOptions)
    clip, major = float(get(options, "CellClip", 0.0)), bool(get(options, "TimeMajor", False))
    return {"activation": activation(options), "cell_clip": clip, "time_major": major}


def _plain(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    return {}


READERS: Mapping[str, Reader] = {
    "ABS": _plain,
    "ADD": _activated(tflite.AddOptions),
    "ARG_MAX": _arg,
    "ARG_MIN": _arg,
    "ASSIGN_VARIABLE": _plain,
    "AVERAGE_POOL_2D": _pool,
    "BATCH_MATMUL": _batch_matmul,
    "BATCH_TO_SPACE_ND": _batches,
    "BROADCAST_TO": slicing.broadcast_to,
    "CALL_ONCE": _call_once,
    "CAST": _plain,
    "CONCATENATION": slicing.concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEPTH_TO_SPACE": _block(tflite.DepthToSpaceOptions, divides=False),
    "DEQUANTIZE": _plain,
    "DIV": _activated(tflite.DivOptions),
    "ELU": _plain,
    "EXP": _plain,
    "EXPAND_DIMS": _plain,
    "FULLY_CONNECTED": _fully_connected,
    "GATHER": slicing.gather,
    "GELU": _gelu,
    "HARD_SWISH": _plain,
    "L2_NORMALIZATION": _activated(tflite.L2NormOptions),
    "LEAKY_RELU": _leaky_relu,
    "LOG": _plain,
    "LOGISTIC": _plain,
    "LOG_SOFTMAX": _plain,
    "MAXIMUM": _plain,
    "MAX_POOL_2D": _pool,
    "MEAN": _mean,
    "MINIMUM": _plain,
    "MIRROR_PAD": _mirror_pad,
    "MUL": _activated(tflite.MulOptions),
    "NEG": _plain,
    "PACK": slicing.pack,
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _plain,
    "QUANTIZE": _plain,
    "READ_VARIABLE": _plain,
    "REDUCE_MAX": _mean,
    "REDUCE_MIN": _mean,
    "RELU": _plain,
    "RELU6": _plain,
    "RELU_N1_TO_1": _plain,
    "RESHAPE": _plain,
    "RESIZE_BILINEAR": _resize(tflite.ResizeBilinearOptions),
    "RESIZE_NEAREST_NEIGHBOR": _resize(tflite.ResizeNearestNeighborOptions),
    "REVERSE_V2": slicing.reverse,
    "RSQRT": _plain,
    "SHAPE": _shape,
    "SLICE": slicing.slice_,
    "SOFTMAX": _softmax,
    "SPACE_TO_BATCH_ND": _batches,
    "SPACE_TO_DEPTH": _block(tflite.SpaceToDepthOptions, divides=True),
    "SPLIT": slicing.split,
    "SPLIT_V": slicing.split_v,
    "SQRT": _plain,
    "SQUARE": _plain,
    "SQUARED_DIFFERENCE": _plain,
    "SQUEEZE": _plain,
    "STRIDED_SLICE": slicing.strided_slice,
    "SUB": _activated(tflite.SubOptions),
    "SUM": _mean,
    "SVDF": _svdf,
    "TANH": _plain,
    "TILE": _tile,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": _transpose_conv,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "UNPACK": slicing.unpack,
    "VAR_HANDLE": _var_handle,
}

LEAST: Mapping[str, tuple[int, int]] = {"ASSIGN_VARIABLE": (2, 0), "CALL_ONCE": (0, 0), "VAR_HANDLE": (0, 1)}
"""The fewest inputs and outputs of an operator, where that is not one of each."""

_MANY = 20_000
_PAIRS = ("ADD", "ASSIGN_VARIABLE", "BATCH_MATMUL", "DIV", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")
_FILTERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")

MOST: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(_PAIRS, (2, 1)),
    **dict.fromkeys(_FILTERS, (3, 1)),
    **dict.fromkeys(("CONCATENATION", "PACK"), (_MANY, 1)),
    **dict.fromkeys(("SPLIT", "SPLIT_V", "UNPACK"), (1, _MANY)),
    "SVDF": (5, 1),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (24, 1),
}
"""The most operands and outputs of an operator, where that is not one of each."""

_FIRST = (
    *("EXPAND_DIMS", "MEAN", "MIRROR_PAD", "PAD", "PADV2", "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "SHAPE"),
    *("ARG_MAX", "ARG_MIN", "BATCH_TO_SPACE_ND", "REDUCE_MAX", "REDUCE_MIN", "SLICE", "SPACE_TO_BATCH_ND"),
    *("BROADCAST_TO", "GATHER", "REVERSE_V2", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "SUM", "TILE"),
    "TRANSPOSE",
)

OPERANDS: Mapping[str, tuple[int, ...]] = {**dict.fromkeys(_FIRST, (0,)), "SPLIT": (1,), "TRANSPOSE_CONV": (2, 1, 3)}
"""Operators of whose inputs some are options: those become attributes, and the ones named here are all that stay inputs."""
