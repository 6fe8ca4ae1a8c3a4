"""Writes small `.tflite` files for tests, operator by operator, without TensorFlow.

    b = ModelBuilder()
    x = b.input((1, 8, 8, 3), "int8", scale=0.5, zero_point=-3)
    w = b.constant(weights, scale=[0.1, 0.2], axis=0)
    y = b.op("CONV_2D", [x, w, bias], shape=(1, 8, 8, 2), dtype="int8", scale=0.1, padding="SAME", activation="RELU6")
    data = b.build(outputs=[y])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite

Scales = float | Sequence[float] | np.ndarray | None

# The oldest operator versions that have int8 and per-channel weights; 1 for all others.
VERSIONS = {
    "ADD": 2,
    "AVERAGE_POOL_2D": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "DEQUANTIZE": 2,
    "FULLY_CONNECTED": 4,
    "MAX_POOL_2D": 2,
    "MEAN": 2,
    "PAD": 2,
    "RELU": 2,
    "RELU6": 2,
    "SOFTMAX": 2,
    "TRANSPOSE": 2,
}

CONSTANTS = ("blocks", "crops", "multiples", "paddings", "axes", "perm", "begin", "end", "size", "strides", "sizes", "split_axis")
"""Options that are constant inputs, in the order in which operators want them."""


@dataclass
class _Tensor:
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: Scales
    zero_point: int | Sequence[int]
    axis: int
    data: bytes | None = None
    variable: bool = False


@dataclass
class _Operator:
    kind: str
    inputs: list[int]
    outputs: list[int]
    options: dict[str, Any] = field(default_factory=dict)


class ModelBuilder:
    """Collects tensors and operators of one subgraph; tensors are named by the ids its methods return."""

    def __init__(self) -> None:
        self.tensors: list[_Tensor] = []
        self.operators: list[_Operator] = []
        self.inputs: list[int] = []

    def tensor(
        self,
        shape: Iterable[int],
        dtype: str = "int8",
        *,
        scale: Scales = None,
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
        data: bytes | None = None,
        name: str = "",
        variable: bool = False,
    ) -> int:
        """A tensor nobody writes yet; the other methods call this. `variable`: an operator's state."""
        self.tensors.append(
            _Tensor(name or f"t{len(self.tensors)}", tuple(shape), dtype, scale, zero_point, axis, data, variable)
        )
        return len(self.tensors) - 1

    def input(
        self,
        shape: Iterable[int],
        dtype: str = "int8",
        *,
        scale: Scales = None,
        zero_point: int = 0,
        name: str = "",
    ) -> int:
        """An input of the model."""
        tensor = self.tensor(shape, dtype, scale=scale, zero_point=zero_point, name=name or f"input_{len(self.inputs)}")
        self.inputs.append(tensor)
        return tensor

    def constant(
        self,
        values: np.ndarray,
        *,
        scale: Scales = None,
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
        name: str = "",
    ) -> int:
        """A constant tensor; its type and shape are the array's, a sequence of scales is per channel along `axis`."""
        return self.tensor(
            values.shape,
            values.dtype.name,
            scale=scale,
            zero_point=zero_point,
            axis=axis,
            data=np.ascontiguousarray(values).tobytes(),
            name=name,
        )

    def op(
        self,
        kind: str,
        inputs: Sequence[int | None],
        *,
        shape: Iterable[int],
        dtype: str = "int8",
        scale: Scales = None,
        zero_point: int = 0,
        name: str = "",
        **options: Any,
    ) -> int:
        """Append an operator (its name in the schema) with one output, whose id is returned.

        Options: `stride`, `dilation`, `filter` as (height, width); `padding` SAME or VALID; `activation` in the
        schema's spelling; `depth_multiplier`, `keep_num_dims`, `keep_dims`, `beta`; `custom_code` for CUSTOM.
        `paddings` (PAD), `axes` (MEAN), `perm` (TRANSPOSE) and others in CONSTANTS append the constant input that the
        operator wants; RESHAPE gets its own from `shape`.
        """
        return self.outputs(
            kind, inputs, [tuple(shape)], dtype=dtype, scale=scale, zero_point=zero_point, name=name, **options
        )[0]

    def outputs(
        self,
        kind: str,
        inputs: Sequence[int | None],
        shapes: Sequence[tuple[int, ...]],
        *,
        dtype: str = "int8",
        scale: Scales = None,
        zero_point: int = 0,
        name: str = "",
        **options: Any,
    ) -> list[int]:
        """Append an operator with an output for each of `shapes`; the rest is as in `op`."""
        ids = [-1 if i is None else i for i in inputs]
        for option in CONSTANTS:
            if option in options:
                ids.append(self.constant(np.array(options.pop(option), np.int32)))
        if kind == "RESHAPE" and len(ids) == 1:
            ids.append(self.constant(np.array(shapes[0], np.int32)))
        name = name or f"{kind.lower()}_{len(self.operators)}"
        names = [name] if len(shapes) == 1 else [f"{name}_{n}" for n in range(len(shapes))]
        outputs = [
            self.tensor(shape, dtype, scale=scale, zero_point=zero_point, name=name)
            for shape, name in zip(shapes, names, strict=True)
        ]
        self.operators.append(_Operator(kind, ids, outputs, options))
        return outputs

    def variable(self, name: str) -> int:
        """The handle of a variable that READ_VARIABLE and ASSIGN_VARIABLE take."""
        return self.op("VAR_HANDLE", [], shape=(), dtype="resource", shared_name=name)

    def build(self, outputs: Sequence[int], *, subgraphs: int = 1, others: Sequence[ModelBuilder] = ()) -> bytes:
        """The file. `subgraphs` > 1 repeats the subgraph, for tests of refusing that; `others`, which CALL_ONCE may name
        by 1 and up, come behind it."""
        return _Writer([self] * subgraphs + [*others]).write(outputs)


def _padding(options: dict[str, Any]) -> int:
    return int(getattr(tflite.Padding, options.get("padding", "VALID")))


def _activation(options: dict[str, Any]) -> int:
    return int(getattr(tflite.ActivationFunctionType, options.get("activation", "NONE")))


def _conv(options: dict[str, Any]) -> dict[str, Any]:
    stride, dilation = options.get("stride", (1, 1)), options.get("dilation", (1, 1))
    return {
        "Padding": _padding(options),
        "StrideH": stride[0],
        "StrideW": stride[1],
        "DilationHFactor": dilation[0],
        "DilationWFactor": dilation[1],
        "FusedActivationFunction": _activation(options),
    }


def _pool(options: dict[str, Any]) -> dict[str, Any]:
    stride = options.get("stride", (1, 1))
    return {
        "Padding": _padding(options),
        "StrideH": stride[0],
        "StrideW": stride[1],
        "FilterHeight": options["filter"][0],
        "FilterWidth": options["filter"][1],
        "FusedActivationFunction": _activation(options),
    }


def _named(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Options that the schema calls by the same names in camel case."""
    return lambda options: {n.title().replace("_", ""): options[n] for n in names if n in options}


# Operator → its options table in the schema, and that table's fields from the options given.
OPTIONS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "ABS": ("AbsOptions", _named()),
    "ADD": ("AddOptions", lambda o: {"FusedActivationFunction": _activation(o)}),
    "ARG_MAX": ("ArgMaxOptions", lambda o: {"OutputType": tflite.TensorType.INT32}),
    "ARG_MIN": ("ArgMinOptions", lambda o: {"OutputType": tflite.TensorType.INT32}),
    "AVERAGE_POOL_2D": ("Pool2DOptions", _pool),
    "BATCH_MATMUL": ("BatchMatMulOptions", _named("adj_x", "adj_y")),
    "BATCH_TO_SPACE_ND": ("BatchToSpaceNDOptions", _named()),
    "BROADCAST_TO": ("BroadcastToOptions", _named()),
    "CAST": ("CastOptions", lambda o: {}),
    "CALL_ONCE": ("CallOnceOptions", _named("init_subgraph_index")),
    "CONCATENATION": ("ConcatenationOptions", _named("axis")),
    "CONV_2D": ("Conv2DOptions", _conv),
    "DEPTHWISE_CONV_2D": (
        "DepthwiseConv2DOptions",
        lambda o: {**_conv(o), "DepthMultiplier": o.get("depth_multiplier", 1)},
    ),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", _named("block_size")),
    "DEQUANTIZE": ("DequantizeOptions", lambda o: {}),
    "DIV": ("DivOptions", lambda o: {"FusedActivationFunction": _activation(o)}),
    "EXP": ("ExpOptions", _named()),
    "EXPAND_DIMS": ("ExpandDimsOptions", lambda o: {}),
    "FULLY_CONNECTED": (
        "FullyConnectedOptions",
        lambda o: {"FusedActivationFunction": _activation(o), "KeepNumDims": o.get("keep_num_dims", False)},
    ),
    "GATHER": ("GatherOptions", _named("axis")),
    "GELU": ("GeluOptions", _named("approximate")),
    "HARD_SWISH": ("HardSwishOptions", _named()),
    "L2_NORMALIZATION": ("L2NormOptions", lambda o: {"FusedActivationFunction": _activation(o)}),
    "LEAKY_RELU": ("LeakyReluOptions", _named("alpha")),
    "LOG_SOFTMAX": ("LogSoftmaxOptions", _named()),
    "MAXIMUM": ("MaximumMinimumOptions", _named()),
    "MAX_POOL_2D": ("Pool2DOptions", _pool),
    "MEAN": ("ReducerOptions", lambda o: {"KeepDims": o.get("keep_dims", False)}),
    "MINIMUM": ("MaximumMinimumOptions", _named()),
    "MIRROR_PAD": ("MirrorPadOptions", _named("mode")),
    "MUL": ("MulOptions", lambda o: {"FusedActivationFunction": _activation(o)}),
    "NEG": ("NegOptions", _named()),
    "PACK": ("PackOptions", _named("axis", "values_count")),
    "PAD": ("PadOptions", lambda o: {}),
    "PADV2": ("PadV2Options", _named()),
    "QUANTIZE": ("QuantizeOptions", lambda o: {}),
    "RESHAPE": ("ReshapeOptions", lambda o: {}),
    "REDUCE_MAX": ("ReducerOptions", lambda o: {"KeepDims": o.get("keep_dims", False)}),
    "REDUCE_MIN": ("ReducerOptions", lambda o: {"KeepDims": o.get("keep_dims", False)}),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", _named("align_corners", "half_pixel_centers")),
    "RESIZE_NEAREST_NEIGHBOR": ("ResizeNearestNeighborOptions", _named("align_corners", "half_pixel_centers")),
    "REVERSE_V2": ("ReverseV2Options", _named()),
    "SHAPE": ("ShapeOptions", lambda o: {"OutType": tflite.TensorType.INT32}),
    "SLICE": ("SliceOptions", _named()),
    "SOFTMAX": ("SoftmaxOptions", lambda o: {"Beta": o.get("beta", 1.0)}),
    "SPACE_TO_BATCH_ND": ("SpaceToBatchNDOptions", _named()),
    "SPACE_TO_DEPTH": ("SpaceToDepthOptions", _named("block_size")),
    "SPLIT": ("SplitOptions", _named("num_splits")),
    "SPLIT_V": ("SplitVOptions", _named("num_splits")),
    "SQUARE": ("SquareOptions", _named()),
    "SQUARED_DIFFERENCE": ("SquaredDifferenceOptions", _named()),
    "SQUEEZE": ("SqueezeOptions", lambda o: {}),
    "STRIDED_SLICE": ("StridedSliceOptions", _named("begin_mask", "end_mask", "shrink_axis_mask", "new_axis_mask")),
    "SUB": ("SubOptions", lambda o: {"FusedActivationFunction": _activation(o)}),
    "SUM": ("ReducerOptions", lambda o: {"KeepDims": o.get("keep_dims", False)}),
    "SVDF": ("SVDFOptions", _named("rank")),
    "TILE": ("TileOptions", _named()),
    "TRANSPOSE": ("TransposeOptions", lambda o: {}),
    "TRANSPOSE_CONV": (
        "TransposeConvOptions",
        lambda o: {
            "Padding": _padding(o),
            "StrideH": o["stride"][0],
            "StrideW": o["stride"][1],
            "FusedActivationFunction": _activation(o),
        },
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        "UnidirectionalSequenceLSTMOptions",
        lambda o: {"FusedActivationFunction": _activation(o), **_named("cell_clip", "time_major")(o)},
    ),
    "UNPACK": ("UnpackOptions", _named("axis", "num")),
    "VAR_HANDLE": ("VarHandleOptions", _named("container", "shared_name")),
}


class _Writer:
    def __init__(self, models: Sequence[ModelBuilder]) -> None:
        self.models = models
        self.fb = flatbuffers.Builder(1024)
        self.buffers: list[int] = []

    def write(self, outputs: Sequence[int]) -> bytes:
        buffers = self.buffers
        buffers.append(self.table("Buffer", {}))
        operators = [op for model in self.models for op in model.operators]
        codes = sorted({(op.kind, op.options.get("custom_code", "")) for op in operators})
        opcodes = [self.opcode(*code) for code in codes]
        main = self.models[0]
        graphs = [self.subgraph(model, outputs if model is main else (), codes) for model in self.models]
        fields = {
            "Version": 3,
            "Description": self.fb.CreateString("tinykit test"),
            "OperatorCodes": self.offsets(opcodes),
            "Subgraphs": self.offsets(graphs),
            "Buffers": self.offsets(buffers),
        }
        self.fb.Finish(self.table("Model", fields), b"TFL3")
        return bytes(self.fb.Output())

    def buffer(self, data: bytes | None) -> int:
        if data is None:
            return 0
        self.buffers.append(self.table("Buffer", {"Data": self.vector(np.frombuffer(data, np.uint8), 16)}))
        return len(self.buffers) - 1

    def subgraph(self, model: ModelBuilder, outputs: Sequence[int], codes: list[tuple[str, str]]) -> int:
        tensors = [self.tensor(t, self.buffer(t.data)) for t in model.tensors]
        operators = [self.operator(op, codes) for op in model.operators]
        return self.table(
            "SubGraph",
            {
                "Tensors": self.offsets(tensors),
                "Inputs": self.vector(np.array(model.inputs, np.int32)),
                "Outputs": self.vector(np.array(outputs, np.int32)),
                "Operators": self.offsets(operators),
                "Name": self.fb.CreateString("main"),
            },
        )

    def tensor(self, tensor: _Tensor, buffer: int) -> int:
        fields = {
            "Shape": self.vector(np.array(tensor.shape, np.int32)),
            "Type": getattr(tflite.TensorType, tensor.dtype.upper()),
            "Buffer": buffer,
            "Name": self.fb.CreateString(tensor.name),
            "IsVariable": tensor.variable,
        }
        if tensor.scale is not None:
            scale = np.atleast_1d(np.array(tensor.scale, np.float32))
            zero_point = np.broadcast_to(np.array(tensor.zero_point, np.int64), scale.shape).copy()
            quantisation = {
                "Scale": self.vector(scale),
                "ZeroPoint": self.vector(zero_point),
                "QuantizedDimension": tensor.axis,
            }
            fields["Quantization"] = self.table("QuantizationParameters", quantisation)
        return self.table("Tensor", fields)

    def operator(self, op: _Operator, codes: list[tuple[str, str]]) -> int:
        fields: dict[str, Any] = {
            "OpcodeIndex": codes.index((op.kind, op.options.get("custom_code", ""))),
            "Inputs": self.vector(np.array(op.inputs, np.int32)),
            "Outputs": self.vector(np.array(op.outputs, np.int32)),
        }
        if op.kind in OPTIONS:
            name, read = OPTIONS[op.kind]
            fields["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, name)
            fields["BuiltinOptions"] = self.table(name, read(op.options))
        return self.table("Operator", fields)

    def opcode(self, kind: str, custom_code: str) -> int:
        code = getattr(tflite.BuiltinOperator, kind)
        fields = {"DeprecatedBuiltinCode": min(code, 127), "BuiltinCode": code, "Version": VERSIONS.get(kind, 1)}
        if custom_code:
            fields["CustomCode"] = self.fb.CreateString(custom_code)
        return self.table("OperatorCode", fields)

    def table(self, name: str, fields: dict[str, Any]) -> int:
        fields = {key: self.fb.CreateString(value) if isinstance(value, str) else value for key, value in fields.items()}
        getattr(tflite, f"{name}Start")(self.fb)
        for key, value in fields.items():
            getattr(tflite, f"{name}Add{key}")(self.fb, value)
        return int(getattr(tflite, f"{name}End")(self.fb))

    def vector(self, values: np.ndarray, alignment: int = 4) -> int:
        data = values.tobytes()
        self.fb.StartVector(values.itemsize, len(values), max(alignment, values.itemsize))
        self.fb.head -= len(data)
        self.fb.Bytes[self.fb.head : self.fb.head + len(data)] = data
        return int(self.fb.EndVector())

    def offsets(self, tables: Sequence[int]) -> int:
        self.fb.StartVector(4, len(tables), 4)
        for table in reversed(tables):
            self.fb.PrependUOffsetTRelative(table)
        return int(self.fb.EndVector())
