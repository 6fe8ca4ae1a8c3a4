"""Tensors cut up and put together, as whole models: what the passes make of each operator, under two plans."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.differential.test_random_graphs import compare_plans
from tests.kernels.draw import Draw
from tests.support.reference import runtime
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph import load

OPERATORS_A_MODEL = 10


def _shape(draw: Draw, rank: int = 0) -> tuple[int, ...]:
    return (1, *draw.shape(3, 6)) if rank == 0 and draw.chance(2) else draw.shape(rank or draw.integer(1, 4), 6)


def _slice(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant = _shape(draw), draw.quant()
    begin = tuple(draw.integer(0, n - 1) for n in shape)
    size = tuple(draw.integer(1, n - first) for first, n in zip(begin, shape, strict=True))
    return [b.op("SLICE", [b.input(shape, **quant)], shape=size, begin=begin, size=size, **quant)]


def _strided_slice(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant = _shape(draw), draw.quant()
    begin, end, step, size, shrink = [], [], [], [], 0
    for axis, n in enumerate(shape):
        by = draw.pick((1, 1, 2, 3, -1, -2))
        first, last = draw.integer(0, n - 1), draw.integer(0, n - 1)
        first, last = (min(first, last), max(first, last) + 1) if by > 0 else (max(first, last), min(first, last) - 1)
        if draw.chance(5):
            by, last, shrink = 1, first + 1, shrink | 1 << axis
        else:
            size.append(len(range(first, last, by)))
        begin.append(first - n if draw.chance(3) and not shrink >> axis & 1 else first)
        end.append(last - n if last < 0 or (draw.chance(3) and last < n) else last)
        step.append(by)
    mask = sum(1 << axis for axis, (by, last) in enumerate(zip(step, end, strict=True)) if by < 0 and last <= -1)
    for axis in range(len(shape)):  # an end of -1 would count from the back: leave it out
        if mask >> axis & 1:
            first = begin[axis] % shape[axis]
            kept = sum(1 for i in range(axis) if not shrink >> i & 1)
            size[kept] = len(range(first, -1, step[axis]))
    options = {"begin": begin, "end": end, "strides": step, "end_mask": mask, "shrink_axis_mask": shrink}
    return [b.op("STRIDED_SLICE", [b.input(shape, **quant)], shape=size, **options, **quant)]


def _split(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant, parts = list(_shape(draw)), draw.quant(), draw.integer(1, 4)
    axis = draw.integer(0, len(shape) - 1)
    piece = tuple(shape)
    shape[axis] *= parts
    which = b.constant(np.array(draw.pick((axis, axis - len(shape))), np.int32))
    return b.outputs("SPLIT", [which, b.input(shape, **quant)], [piece] * parts, num_splits=parts, **quant)


def _split_v(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant = list(_shape(draw)), draw.quant()
    axis = draw.integer(0, len(shape) - 1)
    sizes = [draw.integer(1, 4) for _ in range(draw.integer(1, 4))]
    shape[axis] = sum(sizes)
    pieces = [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]
    named = [-1 if draw.chance(2) else sizes[0], *sizes[1:]]
    inputs = [b.input(shape, **quant), b.constant(np.array(named, np.int32)), b.constant(np.array(axis, np.int32))]
    return b.outputs("SPLIT_V", inputs, pieces, num_splits=len(sizes), **quant)


def _unpack(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant = _shape(draw, draw.integer(2, 4)), draw.quant()
    axis = draw.integer(0, len(shape) - 1)
    pieces = [shape[:axis] + shape[axis + 1 :]] * shape[axis]
    return b.outputs("UNPACK", [b.input(shape, **quant)], pieces, axis=axis, num=shape[axis], **quant)


def _pack(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant, count = _shape(draw, draw.integer(1, 3)), draw.quant(), draw.integer(1, 4)
    axis = draw.integer(0, len(shape))
    inputs = [b.input(shape, **quant) for _ in range(count)]
    if count > 1 and draw.chance(3):
        inputs[-1] = b.constant(draw.values(shape), **quant)
    return [b.op("PACK", inputs, shape=(*shape[:axis], count, *shape[axis:]), axis=axis, values_count=count, **quant)]


def _concatenation(draw: Draw, b: ModelBuilder) -> list[int]:
    shape, quant = _shape(draw), draw.quant()
    axis = draw.integer(0, len(shape) - 1)
    sizes = [draw.integer(1, 4) for _ in range(draw.integer(1, 4))]
    shapes = [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]
    inputs = [b.input(s, **quant) for s in shapes]
    if len(inputs) > 1 and draw.chance(3):
        inputs[draw.integer(0, len(inputs) - 1)] = b.constant(draw.values(shapes[0]), **quant)
        shapes = [tuple(b.tensors[i].shape) for i in inputs]
    whole = sum(s[axis] for s in shapes)
    named = draw.pick((axis, axis - len(shape)))
    return [b.op("CONCATENATION", inputs, shape=(*shape[:axis], whole, *shape[axis + 1 :]), axis=named, **quant)]


AUTHORS = (_slice, _strided_slice, _split, _split_v, _unpack, _pack, _concatenation)


@pytest.mark.parametrize("author", AUTHORS, ids=lambda author: author.__name__[1:])
def test_every_byte(author, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    interpreters = runtime()
    draw = Draw(AUTHORS.index(author))
    for number in range(2):
        b = ModelBuilder()
        outputs = [output for _ in range(OPERATORS_A_MODEL) for output in author(draw, b)]
        model = b.build(outputs)
        interpreter = interpreters.Interpreter.from_bytes(model, arena_size=1 << 20)
        compare_plans(model, random.Random(number), tmp_path / str(number), interpreter)


def _refused(tmp_path: Path, match: str, kind: str, inputs: list[tuple[int, ...]], **options: object) -> None:
    b = ModelBuilder()
    model = b.build([b.op(kind, [b.input(shape, scale=0.1) for shape in inputs], scale=0.1, **options)])  # type: ignore[arg-type]
    path = tmp_path / "odd.tflite"
    path.write_bytes(model)
    with pytest.raises(InputError, match=match):
        load(path)


def test_what_does_not_fit_is_refused_in_a_sentence(tmp_path: Path) -> None:
    _refused(tmp_path, "leave the shape", "SLICE", [(4, 4)], shape=(4, 4), begin=(1, 0), size=(4, 4))
    _refused(tmp_path, r"its inputs give \[3, 4\]", "SLICE", [(4, 4)], shape=(4, 4), begin=(1, 0), size=(3, 4))
    steps = {"begin": (0,), "end": (4,), "strides": (2,)}
    _refused(tmp_path, "new axes are not supported", "STRIDED_SLICE", [(4,)], shape=(2,), new_axis_mask=1, **steps)
    _refused(tmp_path, "nothing is left", "STRIDED_SLICE", [(4,)], shape=(2,), **{**steps, "end": (0,)})
    _refused(tmp_path, "axis 2 is outside", "CONCATENATION", [(4, 4), (4, 4)], shape=(8, 4), axis=2)
    _refused(tmp_path, "do not join along axis 0", "CONCATENATION", [(4, 4), (4, 3)], shape=(8, 4), axis=0)
    _refused(tmp_path, "differ in shape", "PACK", [(4, 4), (4, 3)], shape=(2, 4, 4), axis=0)
