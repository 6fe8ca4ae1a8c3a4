"""An int8 model with some activations in int16, woven of two conversions of one network: int8, and 16x8.

A TFLite operator has one type for all its activations. So an operator that writes or reads a held activation is taken from the
16x8 conversion, with that conversion's scales and biases, any other from the int8 one, and a QUANTIZE stands wherever the
two meet. The model's inputs and outputs stay int8.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

from tensorflow.lite.python import schema_py_generated as schema

from tinykit.quantizer.conversion import Conversion, LayersRefused, pack


def weave(narrow: Conversion, wide: Conversion, held: Collection[str]) -> bytes:
    """The int8 conversion `narrow` with the activations named in `held` as in the 16x8 conversion `wide`.

    Raises LayersRefused where an operator has no counterpart in the other conversion.
    """
    weaving = _Weaving(narrow, wide)
    for op in narrow.graph.operators:
        if _requantises(narrow, op):
            continue  # taken where its result is asked for
        if any(_named(narrow, tensor) in held for tensor in (*op.inputs, *op.outputs) if tensor >= 0):
            weaving.take(wide, _counterpart(narrow, wide, op))
        else:
            weaving.take(narrow, op)
    return weaving.finish()


def _requantises(side: Conversion, op: Any) -> bool:
    """Whether `op` gives an activation the scale another operator wants: each conversion has its own of these."""
    return side.kind(op) == "QUANTIZE" and int(op.inputs[0]) in side.producers


def _named(side: Conversion, tensor: int) -> str | None:
    """The name of the activation that `tensor` is, perhaps under another scale; None for a constant."""
    op = side.producers.get(int(tensor))
    while op is not None and _requantises(side, op):
        tensor = op.inputs[0]
        op = side.producers.get(int(tensor))
    return None if side.is_constant(int(tensor)) else side.name(tensor)


def _counterpart(narrow: Conversion, wide: Conversion, op: Any) -> Any:
    name = narrow.name(op.outputs[0])
    found = wide.producers.get(wide.activations.get(name, -1))
    if found is None or wide.kind(found) != narrow.kind(op):
        raise LayersRefused(f"{narrow.kind(op)} '{name}' has no counterpart with int16 activations")
    return found


class _Weaving:
    """The woven model as it grows: `made` are the activations it has, as (conversion, tensor)."""

    def __init__(self, narrow: Conversion, wide: Conversion) -> None:
        self.narrow, self.wide = narrow, wide
        self.model = copy.copy(narrow.model)
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.model.signatureDefs, self.model.metadata, self.model.metadataBuffer = None, None, None
        self.graph = copy.copy(narrow.graph)
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]
        self.places: dict[tuple[Conversion, int], int] = {}
        self.graph.inputs = [self._place(narrow, int(t)) for t in narrow.graph.inputs]
        self.made = {(narrow, int(t)) for t in narrow.graph.inputs}

    def take(self, side: Conversion, op: Any) -> None:
        """Append `op` of the conversion `side`, and before it what brings its inputs there."""
        taken = copy.copy(op)
        taken.inputs = [self._wanted(side, int(t)) for t in op.inputs]
        taken.outputs = [self._place(side, int(t)) for t in op.outputs]
        taken.opcodeIndex = self._code(side.model.operatorCodes[op.opcodeIndex])
        self.graph.operators.append(taken)
        self.made |= {(side, int(t)) for t in op.outputs}

    def finish(self) -> bytes:
        self.graph.outputs = [self._wanted(self.narrow, int(t)) for t in self.narrow.graph.outputs]
        return pack(self.model)

    def _wanted(self, side: Conversion, tensor: int) -> int:
        """The woven model's number of a tensor of `side`, which is there from now on."""
        if tensor < 0:
            return tensor
        place = self._place(side, tensor)
        if side.is_constant(tensor) or (side, tensor) in self.made:
            return place
        if (op := side.producers.get(tensor)) is not None and _requantises(side, op):
            self.take(side, op)
            return place
        other = self.wide if side is self.narrow else self.narrow
        source = other.activations.get(side.name(tensor))
        if source is None or (other, source) not in self.made:
            raise LayersRefused(f"activation '{side.name(tensor)}' has no counterpart of the other type")
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.QUANTIZE
        code.version = 2
        quantize = schema.OperatorT()
        quantize.opcodeIndex = self._code(code)
        quantize.inputs, quantize.outputs = [self.places[other, source]], [place]
        self.graph.operators.append(quantize)
        self.made.add((side, tensor))
        return place

    def _place(self, side: Conversion, tensor: int) -> int:
        """The number of the copy of a tensor, with its constant if it is one."""
        if (known := self.places.get((side, tensor))) is not None:
            return known
        taken = copy.copy(side.graph.tensors[tensor])
        taken.buffer = 0
        if side.is_constant(tensor):
            self.model.buffers.append(side.model.buffers[side.graph.tensors[tensor].buffer])
            taken.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(taken)
        self.places[side, tensor] = len(self.graph.tensors) - 1
        return self.places[side, tensor]

    def _code(self, wanted: Any) -> int:
        for number, code in enumerate(self.model.operatorCodes):
            if vars(code) == vars(wanted):
                return number
        self.model.operatorCodes.append(wanted)
        return len(self.model.operatorCodes) - 1
