"""RELU, RELU6 and RELU_N1_TO_1 where the converter did not fuse them into the operator before."""

from __future__ import annotations

import numpy as np

from tinykit.ops.base import Node
from tinykit.ops.checks import int8_scale
from tinykit.ops.fixed_point import Ints, activation_range, quantise_multiplier, requantise
from tinykit.ops.unary import INT8_VALUES, Unary, table_kernel


def _ratio(node: Node) -> float:
    return int8_scale(node, node.input()).scale / int8_scale(node, node.output).scale


def _single_ratio(node: Node) -> float:
    """The same in float32, as TensorFlow's kernels divide."""
    return float(np.float32(int8_scale(node, node.input()).scale) / np.float32(int8_scale(node, node.output).scale))


def _rescaled(node: Node, activation: str, ratio: float) -> Ints:
    source, target = int8_scale(node, node.input()), int8_scale(node, node.output)
    scaled = requantise(INT8_VALUES - source.zero_point, *quantise_multiplier(ratio))
    return np.clip(scaled + target.zero_point, *activation_range(activation, target))


def _clamped(node: Node) -> Ints:
    """RELU6 of tflite_micro takes the output's quantisation to be the input's."""
    return np.clip(INT8_VALUES, *activation_range("relu6", int8_scale(node, node.input())))


class Relu(Unary):
    kind = "RELU"
    kernels = (table_kernel(lambda node: _rescaled(node, "relu", _ratio(node))),)


class Relu6(Unary):
    kind = "RELU6"
    kernels = (table_kernel(_clamped),)


class ReluN1To1(Unary):
    """tflite_micro lacks this one; the arithmetic is that of TFLite's own kernel."""

    kind = "RELU_N1_TO_1"
    kernels = (table_kernel(lambda node: _rescaled(node, "relu_n1_to_1", _single_ratio(node))),)


RELU = Relu()
RELU6 = Relu6()
RELU_N1_TO_1 = ReluN1To1()
