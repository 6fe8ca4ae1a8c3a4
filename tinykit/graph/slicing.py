"""Options of the operators that cut tensors up and put them together, resolved to indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tflite

from tinykit.graph.ir import DType, Shape, Tensor
from tinykit.graph.options import Attributes, Malformed, activation, get, integers, operand, table


class Slice(NamedTuple):
    """Elements begin, begin + step, … of each axis, `size` of them."""

    begin: tuple[int, ...]
    size: Shape
    step: tuple[int, ...]


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise Malformed(f"axis {axis} is outside {rank} dimensions")
    return axis % rank


def _same(found: Shape, output: Tensor) -> None:
    if found != output.shape:
        raise Malformed(f"tensor '{output.name}' has shape {list(output.shape)}, its inputs give {list(found)}")


def slice_(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 0).shape
    begin, size = integers(inputs, 1, "begin"), integers(inputs, 2, "size")
    if not len(begin) == len(size) == len(shape):
        raise Malformed(f"begin {begin} and size {size} do not suit {len(shape)} dimensions")
    size = [most - first if n == -1 else n for first, n, most in zip(begin, size, shape, strict=True)]
    if any(first < 0 or n < 1 or first + n > most for first, n, most in zip(begin, size, shape, strict=True)):
        raise Malformed(f"begin {begin} and size {size} leave the shape {list(shape)}")
    _same(tuple(size), outputs[0])
    return {"slices": (Slice(tuple(begin), tuple(size), (1,) * len(size)),)}


def strided_slice(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 0).shape
    begins, ends, steps = (integers(inputs, i, what) for i, what in ((1, "begin"), (2, "end"), (3, "strides")))
    options = table(op, tflite.StridedSliceOptions)
    if get(options, "EllipsisMask", 0) or get(options, "NewAxisMask", 0):
        raise Malformed("ellipsis and new axes are not supported; tflite_micro ignores them")
    if not len(begins) == len(ends) == len(steps) == len(shape) or 0 in steps:
        raise Malformed(f"begin {begins}, end {ends} and strides {steps} do not suit the shape {list(shape)}")
    begin_mask, end_mask, shrink = (get(options, f"{name}Mask", 0) for name in ("Begin", "End", "ShrinkAxis"))
    begin, size = [], []
    for axis, most in enumerate(shape):
        first = None if begin_mask >> axis & 1 else begins[axis]
        last = None if end_mask >> axis & 1 else ends[axis]
        chosen = range(*slice(first, last, steps[axis]).indices(most))
        begin.append(chosen.start)
        size.append(1 if shrink >> axis & 1 else len(chosen))
        if size[-1] < 1 or not 0 <= chosen.start < most:
            raise Malformed(f"nothing is left of axis {axis} of {list(shape)}")
    _same(tuple(n for axis, n in enumerate(size) if not shrink >> axis & 1), outputs[0])
    return {"slices": (Slice(tuple(begin), tuple(size), tuple(steps)),)}


def reverse(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 0).shape
    axes = {_axis(axis, len(shape)) for axis in integers(inputs, 1, "axes")}
    _same(shape, outputs[0])
    begin = tuple(n - 1 if axis in axes else 0 for axis, n in enumerate(shape))
    return {"slices": (Slice(begin, shape, tuple(-1 if axis in axes else 1 for axis in range(len(shape)))),)}


def gather(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape, places = operand(inputs, 0).shape, operand(inputs, 1)
    options = table(op, tflite.GatherOptions)
    axis = _axis(get(options, "Axis", 0), len(shape))
    if get(options, "BatchDims", 0):
        raise Malformed("places that differ from batch to batch are not supported")
    if places.data is None or places.dtype is not DType.INT32:
        raise Malformed("the places to gather from must be constants of int32")
    indices = tuple(int(index) for index in places.data.reshape(-1))
    if not indices or not 0 <= min(indices) <= max(indices) < shape[axis]:
        raise Malformed(f"places {list(indices[:8])} leave axis {axis} of {list(shape)}")
    _same((*shape[:axis], *places.shape, *shape[axis + 1 :]), outputs[0])
    return {"axis": axis, "indices": indices}


def broadcast_to(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape, wanted = operand(inputs, 0).shape, tuple(integers(inputs, 1, "shape"))
    _same(wanted, outputs[0])
    fits = len(shape) <= len(wanted) and all(
        size in (1, n) for size, n in zip(reversed(shape), reversed(wanted), strict=False)
    )
    if not fits:
        raise Malformed(f"the shape {list(shape)} does not broadcast to {list(wanted)}")
    return {"shape": wanted}


def _cut(shape: Shape, axis: int, sizes: Sequence[int]) -> tuple[Slice, ...]:
    """Pieces of `sizes` along `axis`, one after the other."""
    if min(sizes, default=0) < 1 or sum(sizes) != shape[axis]:
        raise Malformed(f"pieces of {list(sizes)} do not make up axis {axis} of {list(shape)}")
    slices, first = [], 0
    for size in sizes:
        begin = tuple(first if i == axis else 0 for i in range(len(shape)))
        slices.append(Slice(begin, (*shape[:axis], size, *shape[axis + 1 :]), (1,) * len(shape)))
        first += size
    return tuple(slices)


def split(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 1).shape
    axis = _axis((integers(inputs, 0, "axis") or [len(shape)])[0], len(shape))
    return _pieces(shape, axis, [shape[axis] // len(outputs)] * len(outputs), outputs)


def split_v(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape, sizes = operand(inputs, 0).shape, integers(inputs, 1, "sizes")
    axis = _axis((integers(inputs, 2, "axis") or [len(shape)])[0], len(shape))
    rest = shape[axis] - sum(size for size in sizes if size != -1)
    return _pieces(shape, axis, [rest if size == -1 else size for size in sizes], outputs)


def _pieces(shape: Shape, axis: int, sizes: Sequence[int], outputs: Sequence[Tensor]) -> Attributes:
    slices = _cut(shape, axis, sizes)
    if len(slices) != len(outputs):
        raise Malformed(f"{len(slices)} pieces for {len(outputs)} outputs")
    for piece, output in zip(slices, outputs, strict=True):
        _same(piece.size, output)
    return {"slices": slices}


def unpack(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 0).shape
    axis = _axis(get(table(op, tflite.UnpackOptions), "Axis", 0), len(shape))
    slices = _cut(shape, axis, [1] * len(outputs))
    for output in outputs:
        _same(shape[:axis] + shape[axis + 1 :], output)
    return {"slices": slices}


def concatenation(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    options = table(op, tflite.ConcatenationOptions)
    axis = _axis(get(options, "Axis", 0), len(operand(inputs, 0).shape))
    return {"axis": axis, "activation": activation(options)}


def pack(op: Any, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Attributes:
    shape = operand(inputs, 0).shape
    axis = _axis(get(table(op, tflite.PackOptions), "Axis", 0), len(shape) + 1)
    if any(operand(inputs, i).shape != shape for i in range(len(inputs))):
        raise Malformed("its inputs differ in shape")
    _same((*shape[:axis], len(inputs), *shape[axis:]), outputs[0])
    return {"axis": axis}
