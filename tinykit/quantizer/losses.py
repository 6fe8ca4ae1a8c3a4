"""What each layer loses by int8: the float model is run with that one layer quantised, and its outputs are compared.

An activation is sent through QUANTIZE and DEQUANTIZE with the scale and zero point it has in the int8 model; weights are replaced
by the reals that their int8 stand for. So a channel that is lost beside a large one shows, although it hardly adds to the
activation's own error. Imports TensorFlow: for the worker's process only.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from tinykit.quantizer.conversion import Conversion, layers_of

Array = np.ndarray[Any, Any]

SAMPLES = 50
"""Calibration inputs on which layers are compared."""


class Loss(NamedTuple):
    """Of one activation. Ratios of signal to error of the model's outputs in dB, None where they do not change."""

    activation: str
    layer: str
    operator: str
    shape: tuple[int, ...]
    rounded: float | None
    """With this activation alone in int8."""
    weights: float | None
    """With the weights that make it alone in int8."""
    changed: float
    """Share of inputs on which another output is the largest, with this activation alone in int8."""


def losses(real: bytes, narrow: Conversion, calibration: list[Array], layers: Collection[str]) -> list[Loss]:
    """Of every activation of the float model `real`, the costliest first; `narrow` is its int8 conversion.

    `calibration` holds float inputs [n, …] for each input, of which `SAMPLES` serve; `layers` are the Keras model's.
    """
    inputs = [values[:SAMPLES] for values in calibration]
    expected = _run(real, inputs)
    found = []
    for name, tensor in Conversion(real).activations.items():
        if name not in narrow.activations or not narrow.is_int8(narrow.activations[name]):
            continue  # what only one of them has, and what the converter leaves in float
        rounded = _run(_with_rounded(real, narrow, tensor), inputs)
        op = narrow.producers.get(narrow.activations[name])
        weighted = None if op is None else _with_weights(real, narrow, tensor, op)
        found.append(
            Loss(
                name,
                layers_of(name, layers)[0],
                "input" if op is None else narrow.kind(op),
                tuple(int(n) for n in narrow.graph.tensors[narrow.activations[name]].shape),
                _decibels(expected, rounded),
                None if weighted is None else _decibels(expected, _run(weighted, inputs)),
                float(np.mean(expected[0].argmax(1) != rounded[0].argmax(1))),
            )
        )
    return sorted(found, key=lambda loss: math.inf if loss.rounded is None else loss.rounded)


def _with_rounded(real: bytes, narrow: Conversion, tensor: int) -> bytes:
    """The float model with one activation as int8 and back on its way to all that reads it."""
    changed = Conversion(real)
    graph = changed.graph
    stored = copy.copy(narrow.graph.tensors[narrow.activations[changed.name(tensor)]])
    stored.buffer = 0
    back = copy.copy(graph.tensors[tensor])
    back.name = back.name + b" rounded"
    graph.tensors += [stored, back]
    as_int8, again = len(graph.tensors) - 2, len(graph.tensors) - 1
    for op in graph.operators:
        op.inputs = [again if t == tensor else t for t in op.inputs]
    graph.outputs = [again if t == tensor else t for t in graph.outputs]
    made = changed.producers.get(tensor)
    behind = 0 if made is None else next(n for n, op in enumerate(graph.operators) if op is made) + 1
    graph.operators[behind:behind] = [
        _operator(changed, "QUANTIZE", 1, tensor, as_int8),
        _operator(changed, "DEQUANTIZE", 2, as_int8, again),
    ]
    return changed.pack()


def _with_weights(real: bytes, narrow: Conversion, tensor: int, op: Any) -> bytes | None:
    """The float model with the weights of the operator that makes `tensor` as int8 has them; None where it has none."""
    changed = Conversion(real)
    known = False
    for theirs, ours in zip(changed.producers[tensor].inputs, op.inputs, strict=False):
        values = narrow.constant(int(ours)) if ours >= 0 else None
        if values is not None and changed.is_constant(int(theirs)):
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            changed.model.buffers.append(buffer)
            changed.graph.tensors[theirs].buffer = len(changed.model.buffers) - 1
            known = True
    return changed.pack() if known else None


def _operator(changed: Conversion, kind: str, version: int, source: int, target: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, kind)
    code.version = version
    changed.model.operatorCodes.append(code)
    op = schema.OperatorT()
    op.opcodeIndex = len(changed.model.operatorCodes) - 1
    op.inputs, op.outputs = [source], [target]
    return op


def _run(model: bytes, inputs: list[Array]) -> list[Array]:
    """Of each output the values [n, …] on float inputs [n, …], flat."""
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    details, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    rows: list[list[Array]] = [[] for _ in outputs]
    for sample in zip(*inputs, strict=True):
        for detail, value in zip(details, sample, strict=True):
            interpreter.set_tensor(detail["index"], value[None])
        interpreter.invoke()
        for row, detail in zip(rows, outputs, strict=True):
            row.append(interpreter.get_tensor(detail["index"]).reshape(-1))
    return [np.stack(row) for row in rows]


def _decibels(expected: list[Array], found: list[Array]) -> float | None:
    error = sum(float(np.square(a - b, dtype=np.float64).sum()) for a, b in zip(expected, found, strict=True))
    signal = sum(float(np.square(a, dtype=np.float64).sum()) for a in expected)
    return None if error == 0 else 10 * math.log10(max(signal, 1e-30) / error)
