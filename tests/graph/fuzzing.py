"""Damaged files: bytes changed at random, and whole flatbuffers that say impossible things."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.random_int16 import int16_author
from tinykit.calibration.tflite_builder import OPTIONS, ModelBuilder

INTERESTING = (0, 1, 2, 127, 255, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_SIZES = (0, 1, 2, 3, 7, 8, 65, 1000, 32768, 1 << 20, 2**31 - 1, -1, -(2**31))
_SCALES = (0.0, -0.1, 1e-30, 1e-9, 1.0, 3e4, 1e30, float("inf"), float("nan"))
_ZEROS = (-129, -128, 0, 1, 127, 128, 255, 32767, 2**31, -(2**40))
_TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")

Written = tuple[ModelBuilder, list[int]]
"""A model that is not written to a file yet, and its outputs."""


def varied() -> Written:
    """A model with an operator for every pass."""
    rng = np.random.default_rng(0)
    at = {"scale": 0.1, "zero_point": -10}
    b = ModelBuilder()
    x = b.input((1, 6, 6, 3), "float32")
    y = b.op("QUANTIZE", [x], shape=(1, 6, 6, 3), **at)
    y = b.op("PAD", [y], shape=(1, 7, 7, 3), paddings=[[0, 0], [0, 1], [0, 1], [0, 0]], **at)
    w = b.constant(rng.integers(-127, 128, (1, 3, 3, 6)).astype(np.int8), scale=[0.02] * 6, axis=3)
    y = b.op("DEPTHWISE_CONV_2D", [y, w], shape=(1, 3, 3, 6), stride=(2, 2), depth_multiplier=2, **at)
    y = b.op("RELU", [y], shape=(1, 3, 3, 6), **at)
    y = b.op("MAX_POOL_2D", [y], shape=(1, 3, 3, 6), filter=(2, 2), padding="SAME", **at)
    y = b.op("ADD", [y, y], shape=(1, 3, 3, 6), **at)
    y = b.op("TRANSPOSE", [y], shape=(1, 6, 3, 3), perm=(0, 3, 1, 2), **at)
    y = b.op("MEAN", [y], shape=(1, 6, 3), axes=[3], **at)
    y = b.op("MEAN", [y], shape=(1, 6), axes=[2], **at)
    y = b.op("SOFTMAX", [y], shape=(1, 6), scale=1 / 256, zero_point=-128)
    y = b.op("RESHAPE", [y], shape=(6,), scale=1 / 256, zero_point=-128)
    return b, [b.op("DEQUANTIZE", [y], shape=(6,), dtype="float32")]


def moving() -> Written:
    """A model that cuts, joins, enlarges and compares."""
    rng = np.random.default_rng(1)
    at = {"scale": 0.05, "zero_point": 3}
    b = ModelBuilder()
    x = b.input((1, 6, 8, 4), **at)
    left = b.op("SLICE", [x], shape=(1, 3, 8, 4), begin=(0, 0, 0, 0), size=(1, 3, 8, 4), **at)
    right = b.op("STRIDED_SLICE", [x], shape=(1, 3, 8, 4), begin=(0, 0, 0, 0), end=(1, 6, 8, 4), strides=(1, 2, 1, 1), **at)
    y = b.op("CONCATENATION", [left, right], shape=(1, 3, 8, 8), axis=3, **at)
    y = b.op("RESIZE_NEAREST_NEIGHBOR", [y], shape=(1, 6, 16, 8), size=(6, 16), **at)
    y = b.op("MUL", [y, b.constant(rng.integers(-99, 99, 8).astype(np.int8), **at)], shape=(1, 6, 16, 8), scale=0.2, zero_point=0)
    w = b.constant(rng.integers(-127, 128, (3, 1, 1, 8)).astype(np.int8), scale=0.01)
    y = b.op("CONV_2D", [y, w], shape=(1, 6, 16, 3), activation="RELU6", **at)
    z = b.op("LOGISTIC", [y], shape=(1, 6, 16, 3), scale=1 / 256, zero_point=-128)
    y = b.op("RESHAPE", [b.op("SUB", [y, z], shape=(1, 6, 16, 3), **at)], shape=(1, 288), **at)
    v = b.constant(rng.integers(-99, 99, 5).astype(np.int32), scale=0.0005)
    w = b.constant(rng.integers(-127, 128, (5, 288)).astype(np.int8), scale=0.01)
    y = b.op("FULLY_CONNECTED", [y, w, v], shape=(1, 5), **at)
    return b, [y, b.op("ARG_MAX", [y], shape=(1,), dtype="int32", axes=1)]


def grouped() -> Written:
    """A convolution in groups, between operators that pick elements."""
    rng, b = np.random.default_rng(9), ModelBuilder()
    at = {"scale": 0.05, "zero_point": 1}
    y = b.op("REVERSE_V2", [b.input((1, 5, 4, 6), **at)], shape=(1, 5, 4, 6), axes=[1], **at)
    w = b.constant(rng.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8), scale=rng.uniform(0.001, 0.01, 4))
    bias = b.constant(rng.integers(-99, 99, 4).astype(np.int32), scale=0.0005)
    y = b.op("CONV_2D", [y, w, bias], shape=(1, 5, 4, 4), padding="SAME", **at)
    y = b.op("GATHER", [y, b.constant(np.array([2, 0], np.int32))], shape=(1, 5, 4, 2), axis=3, **at)
    y = b.op("MEAN", [y], shape=(1, 1, 1, 2), axes=[1, 2], keep_dims=True, **at)
    y = b.op("BROADCAST_TO", [y, b.constant(np.array([1, 3, 2, 2], np.int32))], shape=(1, 3, 2, 2), **at)
    return b, [y]


MODELS: tuple[Callable[[], Written], ...] = (
    varied,
    moving,
    lambda: int16_author(1),
    lambda: int16_author(4),
    lambda: int16_author(7),
    grouped,
)


def bytes_changed(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` cut off, with bits flipped, or with some numbers replaced."""
    how = int(rng.integers(4))
    if how == 0:
        return data[: int(rng.integers(len(data)))]
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(changed) - 4))
        if how == 1:
            changed[at] ^= 1 << int(rng.integers(8))
        elif how == 2:
            changed[at] = int(rng.integers(256))
        else:
            at -= at % 4
            changed[at : at + 4] = int(rng.choice(INTERESTING)).to_bytes(4, "little")
    return bytes(changed)


def meaning_changed(model: Written, rng: np.random.Generator) -> bytes:
    """The file of a copy of `model` in which one to three things are not what they should be: sizes, types, scales, data,
    connections, operators, options."""
    b, outputs = copy.deepcopy(model)

    def choice(values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    def shape() -> None:
        tensor = choice(b.tensors)
        sizes = list(tensor.shape)
        how = rng.integers(4)
        if how == 0 or not sizes:
            sizes.insert(int(rng.integers(len(sizes) + 1)), choice((1, 2, choice(_SIZES))))
        elif how == 1:
            sizes.pop(int(rng.integers(len(sizes))))
        else:
            sizes[int(rng.integers(len(sizes)))] = choice(_SIZES)
        tensor.shape = tuple(sizes)

    def dtype() -> None:
        choice(b.tensors).dtype = choice(_TYPES)

    def quantisation() -> None:
        tensor = choice(b.tensors)
        how = rng.integers(4)
        if how == 0:
            tensor.scale = choice((None, choice(_SCALES), [0.1] * int(rng.integers(1, 9))))
        elif how == 1 and tensor.scale is not None:
            tensor.scale = np.asarray(tensor.scale) * float(np.exp(rng.uniform(-20, 20)))
        elif how == 2:
            tensor.zero_point = choice(_ZEROS)
        else:
            tensor.axis = choice((-1, 0, 1, 3, 99))

    def data() -> None:
        tensor = choice([t for t in b.tensors if t.data])
        values = tensor.data or b""
        tensor.data = choice((None, values[: len(values) // 2], values * 2, rng.bytes(len(values)), bytes(len(values))))

    def connection() -> None:
        op = choice(b.operators)
        ends = choice((op.inputs, op.outputs))
        tensor = choice((-1, -2, len(b.tensors), int(rng.integers(len(b.tensors)))))
        if not ends:
            ends.append(tensor)
            return
        at = int(rng.integers(len(ends)))
        choice((lambda: ends.__setitem__(at, tensor), lambda: ends.append(tensor), lambda: ends.pop(at)))()

    def order() -> None:
        b.operators.insert(int(rng.integers(len(b.operators))), b.operators.pop(int(rng.integers(len(b.operators)))))

    def kind() -> None:
        op = choice(b.operators)
        alike = [k for k in OPTIONS if OPTIONS[k][0] == OPTIONS.get(op.kind, ("",))[0]]
        op.kind = choice(alike if alike and rng.integers(2) else list(OPTIONS))

    def option() -> None:
        op = choice(b.operators)
        numbers = [name for name, value in op.options.items() if isinstance(value, (int, tuple))]
        if numbers:
            name = choice(numbers)
            value = op.options[name]
            size = int(np.clip(choice(_SIZES), -(2**31), 2**31 - 1))
            op.options[name] = tuple(size for _ in value) if isinstance(value, tuple) else type(value)(size)

    def port() -> None:
        ports = choice((b.inputs, outputs))
        choice((lambda: ports.append(int(rng.integers(len(b.tensors) + 1))), lambda: ports.pop() if ports else None))()

    for _ in range(int(rng.integers(1, 4))):
        choice((shape, shape, dtype, quantisation, quantisation, data, connection, order, kind, option, port))()
    try:
        return b.build(outputs)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError, struct.error):  # what the format cannot hold at all
        return bytes_changed(model[0].build(model[1]), rng)
