"""`.tflite` → Graph, without TensorFlow. A file is untrusted: whatever is wrong with it ends in one InputError."""

from __future__ import annotations

import hashlib
import keyword
import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import tflite

from tinykit.errors import InputError
from tinykit.graph.attributes import LEAST, MOST, OPERANDS, READERS
from tinykit.graph.ir import DType, Graph, Op, Port, Quant, Shape, Tensor
from tinykit.graph.options import Malformed
from tinykit.graph.refusals import float_model, unsupported_operators
from tinykit.graph.variables import Body, check_uses, marked, resolve

_MAX_FILE = 64 << 20
_MAX_ITEMS = 20_000
_MAX_OPERATORS = 2_000
_MAX_RANK = 8
_MAX_BYTES = 1 << 30
_SHARED = 1 << 16  # what an exporter may save by pointing twice to the same table

_TYPES = {
    tflite.TensorType.INT8: DType.INT8,
    tflite.TensorType.UINT8: DType.UINT8,
    tflite.TensorType.INT16: DType.INT16,
    tflite.TensorType.INT32: DType.INT32,
    tflite.TensorType.INT64: DType.INT64,
    tflite.TensorType.FLOAT32: DType.FLOAT32,
    tflite.TensorType.BOOL: DType.BOOL,
    tflite.TensorType.RESOURCE: DType.INT32,  # a variable's handle; nothing is computed with it
}
_HALF_FLOATS = {tflite.TensorType.FLOAT16: "float16", tflite.TensorType.BFLOAT16: "bfloat16"}
_KINDS: Mapping[int, str] = {
    value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)
}
_C_WORDS = frozenset(
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
        "float", "for", "goto", "if", "inline", "int", "long", "main", "register", "restrict", "return", "short",
        "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile",
        "while", "tk", "bool", "true", "false",
    }
)


def read(path: Path) -> Graph:
    """The operators of a `.tflite` file as they stand there, no pass run yet.

    Raises InputError naming the file and the place for anything that cannot be read: no such file, not a flatbuffer,
    cut off, tensors or operators that point nowhere, more subgraphs than one and those that initialise variables.
    """
    try:
        size = path.stat().st_size
        if size > _MAX_FILE:
            raise InputError(f"{path}: {size:,} bytes are too many for a microcontroller's model")
        if not path.is_file():
            raise InputError(f"{path} is not a file", hint="name an int8 .tflite file")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", hint="name an int8 .tflite file") from None
    return parse(data, name=identifier(path.stem), source=path.name)


def parse(data: bytes, *, name: str, source: str) -> Graph:
    """The Graph in the bytes of a `.tflite` file; `source` stands for the file in messages."""
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise InputError(f"{source} is not a .tflite file", hint="convert the model with the TFLite converter")
    try:
        return _Parser(data, name, source).graph()
    except InputError:
        raise
    except Exception as error:  # the flatbuffer accessors fail in every way there is on a damaged file
        raise InputError(
            f"{source} is damaged or cut off ({type(error).__name__})", hint="export or copy the file again"
        ) from None


def identifier(stem: str) -> str:
    """A C identifier made from a file name: the prefix of all the generated code's symbols."""
    name = re.sub(r"_+", "_", re.sub(r"[^0-9A-Za-z_]", "_", stem)).strip("_").lower()[:48].strip("_") or "model"
    if name[0].isdigit() or name in _C_WORDS or keyword.iskeyword(name):
        name = f"model_{name}"
    return name


class _Parser:
    def __init__(self, data: bytes, name: str, source: str) -> None:
        self.data, self.name, self.source = data, name, source
        self.model = tflite.Model.GetRootAs(data, 0)
        self.tensors: dict[int, Tensor] = {}
        self.copied = 0

    def count(self, size: int) -> None:
        """Count the bytes copied out of the file: tables that all point to a huge one would exhaust memory and time."""
        self.copied += size
        if self.copied > 2 * len(self.data) + _SHARED:
            raise self.fail("its tables overlap", "the file is damaged; export the model again")

    def fail(self, what: str, hint: str = "export the model again") -> InputError:
        return InputError(f"{self.source}: {what}", hint=hint)

    def graph(self) -> Graph:
        subgraph = self.model.Subgraphs(0)
        try:
            self.tensors, ops, initial = resolve(self._body(0), self._body)
        except Malformed as error:
            raise self.fail(str(error)) from None
        if extra := self.model.SubgraphsLength() - len({0, *initial}):
            raise self.fail(
                f"{extra + 1} subgraphs where tinykit takes one",
                "control flow and several signatures are not supported; export one plain function",
            )
        inputs = [self._id(int(subgraph.Inputs(i)), "a model input") for i in range(subgraph.InputsLength())]
        outputs = [self._id(int(subgraph.Outputs(i)), "a model output") for i in range(subgraph.OutputsLength())]
        if not inputs or not outputs:
            raise self.fail("the model has no input or no output")
        if len(set(inputs)) < len(inputs) or any(self.tensors[t].data is not None for t in inputs):
            raise self.fail("a constant, or one tensor twice, is listed among the model's inputs")
        try:
            check_uses(self.tensors, ops, (*inputs, *outputs))
            self._check_order(ops, inputs, outputs)
        except Malformed as error:
            # What is not known, as an accelerator's operator, may keep to rules of its own.
            raise self._unsupported(subgraph) or self.fail(str(error)) from None
        return Graph(
            name=self.name,
            tensors=MappingProxyType(self.tensors),
            ops=ops,
            inputs=tuple(self._port(t) for t in inputs),
            outputs=tuple(self._port(t) for t in outputs),
            source=self.source,
            sha256=hashlib.sha256(self.data).hexdigest(),
        )

    def _body(self, index: int) -> Body:
        """Tensors and operators of a subgraph as they stand in the file."""
        if index >= self.model.SubgraphsLength():
            raise self.fail(f"subgraph {index} does not exist")
        subgraph = self.model.Subgraphs(index)
        count, operators = subgraph.TensorsLength(), subgraph.OperatorsLength()
        if max(count, self.model.BuffersLength()) > _MAX_ITEMS or operators > _MAX_OPERATORS:
            raise self.fail("too many tensors or operators")
        try:
            self.tensors = {i: self._tensor(i, subgraph.Tensors(i)) for i in range(count)}
            return self.tensors, tuple(self._op(i, subgraph.Operators(i)) for i in range(operators))
        except InputError as error:
            # Operators that are not known may have tensors that are not known: then the operators are what to name.
            raise self._unsupported(subgraph) or error from None

    def _port(self, tensor: int) -> Port:
        return Port(tensor, self.tensors[tensor].name, self.tensors[tensor].dtype)

    def _id(self, tensor: int, what: str) -> int:
        if tensor not in self.tensors:
            raise self.fail(f"{what} is tensor {tensor}, which does not exist")
        if 0 in self.tensors[tensor].shape:  # elsewhere they stand for what an LSTM computes in between
            named = self.tensors[tensor]
            raise self.fail(f"{what}, tensor '{named.name}' of shape {list(named.shape)}, is empty")
        return tensor

    def _unsupported(self, subgraph: Any) -> InputError | None:
        """The refusal of every operator that no attributes can be read of, if there is one."""
        entries = [subgraph.Operators(i) for i in range(subgraph.OperatorsLength())]
        kinds = [(self._kind(i, entry), entry) for i, entry in enumerate(entries)]
        named = [(k, e.Outputs(0) if e.OutputsLength() else -1) for k, e in kinds if k not in READERS]
        unknown = [(k, self._text(subgraph.Tensors(t).Name()) if t >= 0 else "none") for k, t in named]
        return unsupported_operators(self.source, unknown) if unknown else None

    def _text(self, raw: bytes | None, longest: int = 200) -> str:
        """A name of the file, fit to be printed on one line."""
        self.count(len(raw or b""))
        text = (raw or b"")[: 4 * longest].decode("utf-8", "replace")[:longest]
        return "".join(c if c.isprintable() else "?" for c in text)

    def _tensor(self, index: int, entry: Any) -> Tensor:
        name = self._text(entry.Name()) or f"tensor_{index}"
        if entry.ShapeLength() > _MAX_RANK:
            raise self.fail(f"tensor '{name}' has {entry.ShapeLength()} dimensions")
        shape = tuple(int(entry.Shape(i)) for i in range(entry.ShapeLength()))
        if entry.Type() in _HALF_FLOATS:
            raise float_model(self.source, name, _HALF_FLOATS[entry.Type()])
        if entry.Type() not in _TYPES:
            raise self.fail(f"tensor '{name}' has an element type tinykit does not know ({entry.Type()})")
        dtype = _TYPES[entry.Type()]
        if any(d < 0 for d in shape) or math.prod(shape) * dtype.size > _MAX_BYTES:
            raise self.fail(f"tensor '{name}' has the impossible shape {list(shape)}")
        quant, data = self._quant(entry, name, shape), self._constant(entry, name, shape, dtype)
        if not entry.IsVariable():
            return Tensor(name, shape, dtype, quant, data)
        if data is not None:
            raise self.fail(f"tensor '{name}' is a constant and a variable")
        return marked(name, shape, dtype, quant)

    def _constant(self, entry: Any, name: str, shape: Shape, dtype: DType) -> np.ndarray[Any, Any] | None:
        index = entry.Buffer()
        if index >= self.model.BuffersLength():
            raise self.fail(f"tensor '{name}' points to buffer {index}, which does not exist")
        buffer = self.model.Buffers(index)
        if buffer.Offset() > 1:
            raise self.fail(f"the data of tensor '{name}' lie outside the flatbuffer")
        if buffer.DataLength() == 0:
            return None
        if buffer.DataLength() != math.prod(shape) * dtype.size:
            raise self.fail(f"tensor '{name}' has {buffer.DataLength()} bytes of data, not what its shape needs")
        values: np.ndarray[Any, Any] = buffer.DataAsNumpy().view(dtype.numpy).reshape(shape)
        values.flags.writeable = False
        return values

    def _quant(self, entry: Any, name: str, shape: Shape) -> Quant | None:
        table = entry.Quantization()
        if table is None or table.ScaleLength() == 0:
            return None
        self.count(4 * table.ScaleLength() + 8 * table.ZeroPointLength())
        scales = [float(s) for s in np.atleast_1d(table.ScaleAsNumpy())]
        zeros = [int(z) for z in np.atleast_1d(table.ZeroPointAsNumpy())] if table.ZeroPointLength() else [0]
        if len(zeros) == 1:
            zeros *= len(scales)
        if len(zeros) != len(scales):
            raise self.fail(f"tensor '{name}' has {len(scales)} scales but {len(zeros)} zero points")
        if not all(math.isfinite(s) and s > 0 for s in scales):
            raise self.fail(f"tensor '{name}' has a scale that is not a positive number")
        if not all(-(2**31) <= z < 2**31 for z in zeros):
            raise self.fail(f"tensor '{name}' has a zero point beyond 32 bits")
        axis = table.QuantizedDimension()
        if len(scales) > 1 and len(scales) not in shape:
            raise self.fail(f"tensor '{name}' has {len(scales)} scales, which no dimension of {list(shape)} asks for")
        # Some exporters number a bias's only dimension by that of its weights.
        if not (0 <= axis < len(shape) and (len(scales) == 1 or shape[axis] == len(scales))):
            axis = shape.index(len(scales)) if len(scales) > 1 else 0
        return Quant(tuple(scales), tuple(zeros), axis)

    def _kind(self, index: int, entry: Any) -> str:
        code = entry.OpcodeIndex()
        if code >= self.model.OperatorCodesLength():
            raise self.fail(f"operator {index} has code {code}, which does not exist")
        opcode = self.model.OperatorCodes(code)
        builtin = max(opcode.BuiltinCode(), opcode.DeprecatedBuiltinCode())
        kind = _KINDS.get(builtin, f"operator code {builtin}")
        return f"CUSTOM {self._text(opcode.CustomCode(), 40) or '?'}" if kind == "CUSTOM" else kind

    def _op(self, index: int, entry: Any) -> Op:
        kind = self._kind(index, entry)
        label = f"operator {index} {kind}"
        if max(entry.InputsLength(), entry.OutputsLength()) > _MAX_ITEMS:
            raise self.fail(f"{label} has too many inputs")
        self.count(4 * (entry.InputsLength() + entry.OutputsLength()))
        raw = [int(entry.Inputs(i)) for i in range(entry.InputsLength())]
        inputs = tuple(None if t == -1 else self._id(t, f"an input of {label}") for t in raw)
        outputs = tuple(self._id(int(entry.Outputs(i)), f"an output of {label}") for i in range(entry.OutputsLength()))
        attrs: Mapping[str, Any] = {}
        if kind in READERS:
            least = LEAST.get(kind, (1, 1))
            if len(inputs) < least[0] or len(outputs) < least[1] or (least[0] and inputs[0] is None):
                raise self.fail(f"{label} lacks an input or an output")
            try:
                attrs = READERS[kind](
                    entry,
                    [None if t is None else self.tensors[t] for t in inputs],
                    [self.tensors[t] for t in outputs],
                )
            except Malformed as error:
                raise self.fail(f"{label}: {error}") from None
            if kind in OPERANDS:
                inputs = tuple(inputs[index] for index in OPERANDS[kind] if index < len(inputs))
            most = MOST.get(kind, (1, 1))
            if len(inputs) > most[0] or len(outputs) > most[1]:
                raise self.fail(f"{label} has {len(inputs)} inputs and {len(outputs)} outputs, more than there can be")
        return Op(kind, inputs, outputs, MappingProxyType(dict(attrs)), label)

    def _check_order(self, ops: tuple[Op, ...], inputs: list[int], outputs: list[int]) -> None:
        """Every tensor but a variable is written once, all before they are read."""
        kept = {i for i, t in self.tensors.items() if t.initial is not None}
        known = {i for i, t in self.tensors.items() if t.data is not None} | set(inputs) | kept
        for op in ops:
            for tensor in op.inputs:
                if tensor is not None and tensor not in known:
                    raise Malformed(f"{op.label} reads tensor '{self.tensors[tensor].name}' before it is written")
            for tensor in op.outputs:
                if tensor in known - kept:
                    raise Malformed(
                        f"{op.label} writes tensor '{self.tensors[tensor].name}', which has a value already"
                    )
                known.add(tensor)
        for tensor in outputs:
            if tensor not in known:
                raise Malformed(f"model output '{self.tensors[tensor].name}' is never written")
