"""A converted model as objects that can be changed and written again. Imports TensorFlow: for the worker's process only."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

Array = np.ndarray[Any, Any]

_KINDS = {code: kind for kind, code in vars(schema.BuiltinOperator).items() if not kind.startswith("_")}

_COMPUTE = ("convolution", "depthwise", "MatMul")
"""TensorFlow's names for what layers with weights do."""


class LayersRefused(Exception):
    """One sentence: which layers, and why not."""


class Conversion:
    """One `.tflite` of one subgraph. Conversions of the same network have the same names for the same activations."""

    def __init__(self, data: bytes) -> None:
        self.model = schema.ModelT.InitFromPackedBuf(data, 0)
        if len(self.model.subgraphs) != 1:
            raise LayersRefused("a model that keeps state has no layers that could be looked at one by one")
        (self.graph,) = self.model.subgraphs
        self.producers: dict[int, Any] = {int(t): op for op in self.graph.operators for t in op.outputs}
        """The operator that makes each activation, by the number of its tensor."""
        self.activations = {self.name(t): int(t) for t in (*self.graph.inputs, *self.producers)}
        if len(self.activations) != len(self.graph.inputs) + len(self.producers):
            raise LayersRefused("two of its activations have the same name, so its layers cannot be told apart")

    def name(self, tensor: int) -> str:
        name: str = self.graph.tensors[tensor].name.decode()
        return name

    def kind(self, op: Any) -> str:
        code = self.model.operatorCodes[op.opcodeIndex]
        kind: str = _KINDS[max(code.builtinCode, code.deprecatedBuiltinCode)]
        return kind

    def is_constant(self, tensor: int) -> bool:
        return tensor not in self.producers and tensor not in self.graph.inputs

    def is_int8(self, tensor: int) -> bool:
        return bool(self.graph.tensors[tensor].type == schema.TensorType.INT8)

    def constant(self, tensor: int) -> Array | None:
        """An int8 constant's values as reals, float32; None for any other tensor."""
        found = self.graph.tensors[tensor]
        data = self.model.buffers[found.buffer].data
        if not self.is_constant(tensor) or not self.is_int8(tensor) or data is None or found.quantization is None:
            return None
        shape = [1] * len(found.shape)
        scale, zero_point = np.asarray(found.quantization.scale, np.float32), np.asarray(found.quantization.zeroPoint, np.float32)
        if len(scale) > 1:
            shape[found.quantization.quantizedDimension] = len(scale)
        stored = np.frombuffer(bytes(data), np.int8)[: math.prod(found.shape)].reshape(found.shape)
        values: Array = (stored - zero_point.reshape(shape)) * scale.reshape(shape)
        return values

    def pack(self) -> bytes:
        """The file's bytes."""
        return pack(self.model)


def pack(model: Any) -> bytes:
    """The bytes of a `.tflite`."""
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def layers_of(activation: str, layers: Collection[str]) -> tuple[str, ...]:
    """Which of a Keras model's `layers` an activation is named after, the one that computes first; else its own name.

    `net_1/stem_relu_1/Relu6;net_1/stem_1/convolution` is of stem and stem_relu: layers are fused, scopes numbered.
    """
    found = []
    for part in activation.split(";"):
        *scopes, operation = part.split("/")
        named = (name for scope in reversed(scopes) if (name := re.sub(r"_\d+$", "", scope)) in layers)
        if (layer := next(named, None)) is not None:
            found.append((operation.rstrip("0123456789") not in _COMPUTE, layer))
    return tuple(dict.fromkeys(layer for _, layer in sorted(found, key=lambda f: f[0]))) or (activation,)
