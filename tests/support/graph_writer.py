"""Writes a `Graph` back as a `.tflite`, so that the reference interpreter can run what the passes made of a model.

Explicit paddings become a PAD in front of a VALID operator, views a RESHAPE, float32 and uint8 ports a QUANTIZE or
DEQUANTIZE at the edge: each pass is undone by what it is defined to mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.ir import DType, Graph, Op, Port, Tensor

_PADDED = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_OPTIONS = (
    *("stride", "dilation", "filter", "depth_multiplier", "keep_num_dims", "keep_dims", "beta", "perm", "axes", "alpha"),
    *("axis", "size", "half_pixel_centers", "align_corners", "mode", "multiples"),
)


def write_graph(graph: Graph) -> bytes:
    """The file of `graph`; its inputs and outputs have the types of the ports."""
    return _Writer(graph).write()


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.builder = ModelBuilder()
        self.ids: dict[int, int] = {}

    def write(self) -> bytes:
        for port in self.graph.inputs:
            self.ids[port.tensor] = self.input(port)
        for op in self.graph.ops:
            self.ids[op.outputs[0]] = self.operator(op)
        return self.builder.build([self.output(port) for port in self.graph.outputs])

    def input(self, port: Port) -> int:
        tensor = self.graph.tensors[port.tensor]
        if port.dtype is tensor.dtype:
            return self.builder.input(tensor.shape, **_quant(tensor))
        outside = self.builder.input(tensor.shape, port.dtype.value, **_outside(port, tensor))
        return self.builder.op("QUANTIZE", [outside], shape=tensor.shape, **_quant(tensor))

    def output(self, port: Port) -> int:
        tensor = self.graph.tensors[port.tensor]
        inside = self.tensor(port.tensor)
        if port.dtype is tensor.dtype:
            return inside
        kind = "DEQUANTIZE" if port.dtype is DType.FLOAT32 else "QUANTIZE"
        return self.builder.op(kind, [inside], shape=tensor.shape, dtype=port.dtype.value, **_outside(port, tensor))

    def tensor(self, index: int) -> int:
        """The id in the file of a tensor that is written, a constant or a view."""
        tensor = self.graph.tensors[index]
        if index not in self.ids:
            if tensor.alias_of is not None:
                source = self.tensor(tensor.alias_of)
                self.ids[index] = self.builder.op("RESHAPE", [source], shape=tensor.shape, **_quant(tensor))
            else:
                assert tensor.data is not None, f"'{tensor.name}' is read before it is written"
                self.ids[index] = self.builder.constant(tensor.data, **_quant(tensor))
        return self.ids[index]

    def operator(self, op: Op) -> int:
        target = self.graph.tensors[op.outputs[0]]
        options: dict[str, Any] = {name: op.attrs[name] for name in _OPTIONS if name in op.attrs}
        options["activation"] = op.attrs.get("activation", "none").upper()
        inputs = [None if i is None else self.tensor(i) for i in op.inputs]
        if op.kind in _PADDED:
            inputs[0] = self.padded(op)
        elif op.kind in _POOLS:
            options["padding"] = "SAME" if any(op.attrs["padding"]) else "VALID"
        elif op.kind == "GATHER":
            inputs.append(self.builder.constant(np.array(op.attrs["indices"], np.int32)))
        elif op.kind == "SLICE":
            return self.strided(op)
        elif op.kind in ("PAD", "PADV2", "MIRROR_PAD"):
            options["paddings"] = op.attrs["paddings"]
            options |= {"mode": int(op.attrs["mode"] == "symmetric")} if "mode" in op.attrs else {}
        elif op.kind in ("ARG_MAX", "ARG_MIN"):
            options["axes"] = options.pop("axis")
        elif op.kind == "TRANSPOSE_CONV":
            options["padding"] = "SAME" if any(op.attrs["padding"]) else "VALID"
            inputs = [self.builder.constant(np.array(target.shape, np.int32)), inputs[1], inputs[0], *inputs[2:]]
            del options["size"]
        elif op.kind == "BATCH_MATMUL":
            options["adj_x"], options["adj_y"] = op.attrs["adjoint"]
        elif "block" in op.attrs:
            options["block_size"] = op.attrs["block"]
        return self.builder.op(op.kind, inputs, shape=target.shape, dtype=target.dtype.value, **_quant(target), **options)

    def strided(self, op: Op) -> int:
        assert op.inputs[0] is not None
        target = self.graph.tensors[op.outputs[0]]
        begin, size, step = op.attrs["begin"], op.attrs["size"], op.attrs["step"]
        end = [first + n * by for first, n, by in zip(begin, size, step, strict=True)]
        mask = sum(1 << axis for axis, last in enumerate(end) if last < 0)
        options = {"begin": begin, "end": end, "strides": step, "end_mask": mask}
        return self.builder.op("STRIDED_SLICE", [self.tensor(op.inputs[0])], shape=target.shape, **_quant(target), **options)

    def padded(self, op: Op) -> int:
        assert op.inputs[0] is not None
        tensor, (top, bottom, left, right) = self.graph.tensors[op.inputs[0]], op.attrs["padding"]
        _, height, width, channels = tensor.shape
        shape = (1, top + height + bottom, left + width + right, channels)
        paddings = [(0, 0), (top, bottom), (left, right), (0, 0)]
        return self.builder.op("PAD", [self.tensor(op.inputs[0])], shape=shape, paddings=paddings, **_quant(tensor))


def _quant(tensor: Tensor) -> dict[str, Any]:
    if tensor.quant is None:
        return {}
    many = tensor.quant.per_channel
    zero_point = tensor.quant.zero_point
    found = {"scale": np.array(tensor.quant.scale), "zero_point": zero_point if many else zero_point[0]}
    return {**found, "axis": tensor.quant.axis} if tensor.data is not None else found


def _outside(port: Port, tensor: Tensor) -> dict[str, Any]:
    """The quantisation a caller's uint8 has: the same scale, every value 128 higher."""
    assert tensor.quant is not None
    if port.dtype is DType.FLOAT32:
        return {}
    return {"scale": np.array(tensor.quant.scale), "zero_point": tensor.quant.zero_point[0] + 128}
