"""Reading one operator's options: its table, its constant inputs, and what is wrong with either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tflite

from tinykit.graph.ir import Tensor

Attributes = Mapping[str, Any]
Reader = Callable[[Any, Sequence["Tensor | None"], Sequence[Tensor]], Attributes]
"""From the operator's entry in the file, its inputs and its outputs."""

_ACTIVATIONS = {0: "none", 1: "relu", 2: "relu_n1_to_1", 3: "relu6", 4: "tanh", 5: "sign_bit"}


class Malformed(Exception):
    """An option or a shape that no valid file has; the reader adds the place."""


def table(op: Any, kind: type) -> Any:
    """The options table of `op`; a missing one, or one of another kind, reads as all defaults, as TFLite does."""
    found = op.BuiltinOptions()
    if found is None or op.BuiltinOptionsType() != getattr(tflite.BuiltinOptions, kind.__name__):
        return None
    options = kind()
    options.Init(found.Bytes, found.Pos)
    return options


def get(options: Any, name: str, default: Any) -> Any:
    return default if options is None else getattr(options, name)()


def activation(options: Any) -> str:
    code = get(options, "FusedActivationFunction", 0)
    if code not in _ACTIVATIONS:
        raise Malformed(f"activation {code} does not exist")
    return _ACTIVATIONS[code]


def operand(tensors: Sequence[Tensor | None], index: int) -> Tensor:
    tensor = tensors[index] if index < len(tensors) else None
    if tensor is None:
        raise Malformed(f"input {index} is missing")
    return tensor


def integers(inputs: Sequence[Tensor | None], index: int, what: str) -> list[int]:
    tensor = operand(inputs, index)
    if tensor.data is None or tensor.data.dtype.kind != "i" or tensor.data.size > 64:
        raise Malformed(f"the {what} must be a constant list of integers")
    return [int(v) for v in tensor.data.reshape(-1)]
