"""A `.tflite` cut into runs of neighbouring operators, each a file of its own.

A flatbuffer refers forwards only, so nothing is written anew: a piece is the whole file, in which the list of operators is
shortened where it lies, and the lists of inputs and outputs point to new ones behind the end.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import tflite

_INPUTS, _OUTPUTS, _OPERATORS = 6, 8, 10
_CODES, _SIGNATURES = 6, 18
"""Places in the tables of offsets of a subgraph, and of the model."""
_REMEMBERING = {"ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE"}
_KINDS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}


@dataclass(frozen=True)
class Piece:
    """Some operators of a model: `inputs` and `outputs` are ids of the whole model's tensors."""

    model: bytes
    kinds: tuple[str, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Cutter:
    """Cuts one model, whose bytes must have been read without complaint."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._model = tflite.Model.GetRootAs(data, 0)
        self._graph = self._model.Subgraphs(0)
        self.inputs = tuple(self._graph.InputsAsNumpy().tolist())
        self.outputs = tuple(self._graph.OutputsAsNumpy().tolist())
        operators = [self._graph.Operators(n) for n in range(self._graph.OperatorsLength())]
        self._read = [op.InputsAsNumpy().tolist() if op.InputsLength() else [] for op in operators]
        self._written = [op.OutputsAsNumpy().tolist() if op.OutputsLength() else [] for op in operators]
        self._codes = [op.OpcodeIndex() for op in operators]
        codes = [self._model.OperatorCodes(code) for code in self._codes]
        self.kinds = tuple(_KINDS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())] for code in codes)

    @property
    def divisible(self) -> bool:
        """Whether pieces are the whole: what one of them remembers in a resource, another could not read."""
        return not _REMEMBERING.intersection(self.kinds)

    def piece(self, first: int, end: int) -> Piece:
        """The operators [first, end)."""
        computed = {*self.inputs, *(t for written in self._written for t in written)}
        own = {t for written in self._written[first:end] for t in written}
        read = {t for tensors in self._read[first:end] for t in tensors}
        wanted = {*self.outputs, *(t for tensors in self._read[end:] for t in tensors)}
        inputs, outputs = sorted((read & computed) - own), sorted(own & wanted)
        return Piece(self._cut(first, end, inputs, outputs), self.kinds[first:end], tuple(inputs), tuple(outputs))

    def _cut(self, first: int, end: int, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        data, graph, model = bytearray(self._data), self._graph._tab, self._model._tab
        operators = graph.Vector(graph.Offset(_OPERATORS))
        for to, source in enumerate(range(first, end)):
            (offset,) = struct.unpack_from("<I", data, operators + 4 * source)
            struct.pack_into("<I", data, operators + 4 * to, offset + 4 * (source - to))
        struct.pack_into("<I", data, operators - 4, end - first)
        self._keep_codes(data, set(self._codes[first:end]))
        if signatures := model.Offset(_SIGNATURES):  # they name tensors that are no input of a piece
            struct.pack_into("<I", data, model.Vector(signatures) - 4, 0)
        for field, tensors in ((_INPUTS, inputs), (_OUTPUTS, outputs)):
            data += bytes(-len(data) % 4)
            place = graph.Pos + graph.Offset(field)
            struct.pack_into("<I", data, place, len(data) - place)
            data += struct.pack(f"<I{len(tensors)}i", len(tensors), *tensors)
        return bytes(data)

    def _keep_codes(self, data: bytearray, used: set[int]) -> None:
        """Let every kind of operator that a piece lacks be another: interpreters look for the kernels of all that are listed."""
        model = self._model._tab
        codes = model.Vector(model.Offset(_CODES))
        kept = min(used)
        (offset,) = struct.unpack_from("<I", data, codes + 4 * kept)
        for code in set(range(self._model.OperatorCodesLength())) - used:
            struct.pack_into("<I", data, codes + 4 * code, offset + 4 * (kept - code))
