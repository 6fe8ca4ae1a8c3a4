"""Which interpreter gives the reference, and that TensorFlow's stands in only where it computes the same bytes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.models import convolutional
from tests.support.objects import shared_library
from tests.support.random_int16 import random_int16_model
from tests.support.reference import random_inputs, run_reference, runtime
from tinykit.boards import load_board
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph import load
from tinykit.harness.pieces import Cutter
from tinykit.harness.reference import NoReference, open_reference
from tinykit.harness.validate import validate
from tinykit.planner import plan
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples
from tinykit.targets.host import HostDevice

QUANT = {"scale": 0.05, "zero_point": 3}


def network(dense: bool, gelu: bool = False) -> bytes:
    """Convolutions, a residual, pools, what stands between them, and a mean; with `dense` and `gelu` more behind."""
    rng = np.random.default_rng(6)
    b = ModelBuilder()
    x = b.input((1, 9, 8, 3), **QUANT)
    y = b.op("PAD", [x], shape=(1, 11, 10, 3), paddings=[(0, 0), (1, 1), (1, 1), (0, 0)], **QUANT)
    w = b.constant(rng.integers(-127, 128, (6, 3, 3, 3)).astype(np.int8), scale=rng.uniform(0.001, 0.01, 6), axis=0)
    bias = b.constant(rng.integers(-5000, 5000, 6).astype(np.int32), scale=1e-4)
    y = b.op("CONV_2D", [y, w, bias], shape=(1, 9, 8, 6), padding="VALID", scale=0.1, zero_point=-9, activation="RELU6")
    w = b.constant(rng.integers(-127, 128, (1, 3, 3, 6)).astype(np.int8), scale=rng.uniform(0.001, 0.01, 6), axis=3)
    z = b.op("DEPTHWISE_CONV_2D", [y, w, bias], shape=(1, 9, 8, 6), padding="SAME", scale=0.09, zero_point=4)
    z = b.op("ADD", [y, z], shape=(1, 9, 8, 6), scale=0.15, zero_point=-1)
    z = b.op("MAX_POOL_2D", [z], shape=(1, 5, 4, 6), padding="SAME", filter=(2, 2), stride=(2, 2), scale=0.15, zero_point=-1)
    z = b.op("AVERAGE_POOL_2D", [z], shape=(1, 4, 3, 6), padding="VALID", filter=(2, 2), scale=0.15, zero_point=-1)
    z = between(b, z)
    z = b.op("MEAN", [z], shape=(1, 6), axes=(1, 2), keep_dims=False, scale=0.12, zero_point=2)
    if dense:
        w = b.constant(rng.integers(-127, 128, (6, 6)).astype(np.int8), scale=0.01)
        z = b.op("FULLY_CONNECTED", [z, w], shape=(1, 6), scale=0.2)
    if gelu:
        z = b.op("FULLY_CONNECTED", [b.op("GELU", [z], shape=(1, 6), scale=0.1, zero_point=-120), w], shape=(1, 6), scale=0.2)
        z = b.op("FULLY_CONNECTED", [b.op("GELU", [z], shape=(1, 6), scale=0.1, zero_point=-120), w], shape=(1, 6), scale=0.2)
        z = b.op("TILE", [z], shape=(1, 12), multiples=(1, 2), scale=0.2)
        z = b.op("STRIDED_SLICE", [z], shape=(1, 6), begin=(0, 4), end=(1, 10), strides=(1, 1), scale=0.2)
    return b.build([b.op("SOFTMAX", [z], shape=(1, 6), scale=1 / 256, zero_point=-128)])


def between(b: ModelBuilder, z: int) -> int:
    """Activations, pairs, pieces and resizing of a map of 4 × 3 × 6."""
    at, shape = {"scale": 0.15, "zero_point": -1}, (1, 4, 3, 6)
    gate = b.op("LOGISTIC", [z], shape=shape, scale=1 / 256, zero_point=-128)
    both = [b.op(kind, [z, gate], shape=shape, **at) for kind in ("MUL", "SUB", "MAXIMUM", "SQUARED_DIFFERENCE")]
    z = b.op("CONCATENATION", both, shape=(1, 4, 3, 24), axis=3, **at)
    z = b.op("STRIDED_SLICE", [z], shape=(1, 4, 3, 12), begin=(0, 0, 0, 0), end=(1, 4, 3, 24), strides=(1, 1, 1, 2), **at)
    z = b.op("DEPTH_TO_SPACE", [z], shape=(1, 8, 6, 3), block_size=2, **at)
    z = b.op("RESIZE_BILINEAR", [z], shape=(1, 5, 7, 3), size=(5, 7), half_pixel_centers=True, **at)
    z = b.op("RESIZE_NEAREST_NEIGHBOR", [z], shape=(1, 10, 14, 3), size=(10, 14), **at)
    w = b.constant(np.arange(-27, 27, dtype=np.int8).reshape(6, 3, 1, 3), scale=0.02)
    wanted = b.constant(np.array((1, 20, 14, 6), np.int32))
    return b.op("TRANSPOSE_CONV", [wanted, w, z], shape=(1, 20, 14, 6), stride=(2, 1), padding="SAME", scale=0.15, zero_point=-1)


@pytest.fixture
def without_tflite_micro(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tflite_micro.python.tflite_micro", None)


@pytest.mark.usefixtures("without_tflite_micro")
def test_tensorflow_stands_in_with_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(network(dense=False))
    samples = [random_inputs(path.read_bytes(), seed) for seed in range(20)]
    reference = open_reference(path)
    found = list(reference.run(samples))
    assert reference.name.startswith("TensorFlow ")
    monkeypatch.undo()
    for sample, outputs in zip(samples, found, strict=True):
        np.testing.assert_array_equal(outputs, run_reference(path.read_bytes(), sample))


@pytest.mark.usefixtures("without_tflite_micro")
def test_nothing_stands_in_where_the_rounding_differs(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(network(dense=True))
    with pytest.raises(NoReference, match=r"tflite_micro is not installed; .* FULLY_CONNECTED"):
        open_reference(path)


def test_each_operator_has_the_interpreter_that_is_its_reference(tmp_path: Path) -> None:
    runtime()
    path = tmp_path / "net.tflite"
    path.write_bytes(network(dense=True, gelu=True))
    graph = load(path)
    (library := tmp_path / "net").mkdir()
    made, uses = plan(graph, load_board("stm32f746")), Uses(graph, load_board("stm32f746").core)
    write_library(model_code(graph, made, uses), library)
    device = HostDevice(shared_library(library, tmp_path / "net.so", dsp=1), graph.name)
    found = validate(device, path, random_samples(graph, 20).inputs)
    assert found.reference is not None and found.bit_exact, found
    assert re.fullmatch(r"tflite_micro \S+, and TensorFlow \S+ reference kernels for GELU \(2\), TILE", found.reference)


def test_pieces_are_the_whole() -> None:
    """Cut behind every operator, and each piece run on its own."""
    for number, model in enumerate([convolutional(), network(dense=True), *map(random_int16_model, range(8))]):
        cutter, sample = Cutter(model), random_inputs(model, number)
        values = dict(zip(cutter.inputs, sample, strict=True))
        for first in range(len(cutter.kinds)):
            piece = cutter.piece(first, first + 1)
            found = run_reference(piece.model, [values[tensor] for tensor in piece.inputs])
            values.update(zip(piece.outputs, found, strict=True))
        for tensor, right in zip(cutter.outputs, run_reference(model, sample), strict=True):
            np.testing.assert_array_equal(values[tensor], right)


def test_tflite_micro_comes_first(tmp_path: Path) -> None:
    runtime()
    path = tmp_path / "net.tflite"
    path.write_bytes(network(dense=False))
    assert open_reference(path).name.startswith("tflite_micro ")


def test_tflite_micro_has_room_for_large_maps_between_small_weights(tmp_path: Path) -> None:
    runtime()
    model = tmp_path / "wide.tflite"
    model.write_bytes(convolutional(size=200))
    reference = open_reference(model)
    assert reference.name.startswith("tflite_micro")
    assert next(iter(reference.run([[np.zeros((1, 200, 200, 3), np.int8)]])))[0].shape == (1, 5)
