"""Models with variables: a hundred inferences in a row, on this computer and in the emulator, equal `tflite_micro`'s."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import tinykit
from tests.kernels.draw import Draw
from tests.kernels.test_states import lstm as lstm_layer
from tests.support.reference import runtime
from tinykit.builder.host import build_host
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph import load
from tinykit.ops.base import Core
from tinykit.planner.blocks import Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.check import check_plan
from tinykit.planner.search import frontier
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples
from tinykit.targets.host import HostDevice

AT = {"scale": 0.5, "zero_point": 3}


def streaming(first: np.ndarray | None = None) -> bytes:
    """The last four frames, the oldest shifted out, are convolved; `first` is what CALL_ONCE begins with."""
    rng = np.random.default_rng(5)
    b, initial = ModelBuilder(), ModelBuilder()
    if first is not None:
        initial.outputs("ASSIGN_VARIABLE", [initial.variable("frames"), initial.constant(first, **AT)], [])
        b.outputs("CALL_ONCE", [], [], init_subgraph_index=1)
    x = b.input((1, 1, 6, 4), **AT)
    kept = b.op("READ_VARIABLE", [b.variable("frames")], shape=(1, 3, 6, 4), **AT)
    frames = b.op("CONCATENATION", [kept, x], shape=(1, 4, 6, 4), axis=1, **AT)
    newest = b.op("STRIDED_SLICE", [frames], shape=(1, 3, 6, 4), begin=(0, 1, 0, 0), end=(1, 4, 6, 4), strides=(1,) * 4, **AT)
    b.outputs("ASSIGN_VARIABLE", [b.variable("frames"), newest], [])
    w = b.constant(rng.integers(-127, 128, (5, 4, 3, 4)).astype(np.int8), scale=[0.02] * 5)
    y = b.op("CONV_2D", [frames, w], shape=(1, 1, 4, 5), scale=1.0, zero_point=-7)
    return b.build([y], others=[initial] if first is not None else [])


def counter() -> bytes:
    """A running sum; the value before it is an output too, so that the read stays a copy."""
    b = ModelBuilder()
    x = b.input((1, 9), **AT)
    before = b.op("READ_VARIABLE", [b.variable("sum")], shape=(1, 9), **AT)
    after = b.op("ADD", [before, x], shape=(1, 9), **AT)
    b.outputs("ASSIGN_VARIABLE", [b.variable("sum"), after], [])
    again = b.op("READ_VARIABLE", [b.variable("sum")], shape=(3, 3), **AT)
    return b.build([before, b.op("RELU", [again], shape=(3, 3), **AT)])


def recurrent() -> bytes:
    """An LSTM over three steps and an SVDF behind it, each with a state of its own."""
    b, _ = lstm_layer(Draw(11))
    x = b.operators[0].outputs[0]
    shape, quant = b.tensors[x].shape, {"scale": b.tensors[x].scale, "zero_point": b.tensors[x].zero_point}
    flat = b.op("RESHAPE", [x], shape=(1, math.prod(shape)), **quant)  # type: ignore[arg-type]
    rng = np.random.default_rng(8)
    operands = [
        flat,
        b.constant(rng.integers(-127, 128, (6, math.prod(shape))).astype(np.int8), scale=0.02),
        b.constant(rng.integers(-127, 128, (6, 5)).astype(np.int8), scale=0.01),
        b.constant(np.zeros(3, np.int32), scale=0.001),
        b.tensor((1, 30), scale=0.1, zero_point=-4, variable=True),
    ]
    return b.build([b.op("SVDF", operands, shape=(1, 3), rank=2, scale=0.2, zero_point=3)])


MODELS = {
    "streaming": streaming(),
    "first_value": streaming(np.arange(-36, 36).astype(np.int8).reshape(1, 3, 6, 4)),
    "counter": counter(),
    "recurrent": recurrent(),
}


def expected(model: bytes, samples: list[tuple[np.ndarray, ...]], outputs: int) -> list[list[np.ndarray]]:
    """A fresh interpreter's outputs, sample after sample."""
    interpreter = runtime().Interpreter.from_bytes(model, arena_size=1 << 18)
    found = []
    for sample in samples:
        for index, value in enumerate(sample):
            interpreter.set_input(value, index)
        interpreter.invoke()
        found.append([np.array(interpreter.get_output(index)) for index in range(outputs)])
    return found


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("cut", [0, -1])
def test_a_hundred_inferences(name: str, cut: int, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(MODELS[name])
    graph = load(path)
    uses = Uses(graph, Core("cortex-m7", dsp=True))
    plan = build_plan(uses, frontier(Candidates(uses))[cut].blocks, board="host", objective="min-ram", scheme="auto")
    check_plan(plan, uses)
    write_library(model_code(graph, plan, uses), tmp_path / graph.name)
    device = HostDevice(build_host(tmp_path / graph.name, out=tmp_path / "built"), graph.name)
    assert device.info.variables == sum(graph.tensors[t].bytes for t in graph.variables) > 0
    samples = list(random_samples(graph, 100).inputs)
    wanted = expected(MODELS[name], samples, len(graph.outputs))
    for count in (100, 7):  # the second time from a reset in the middle of the sequence
        device.initialise()
        for sample, right in zip(samples[:count], wanted, strict=False):
            for found, value in zip(device.run(sample), right, strict=True):
                np.testing.assert_array_equal(found, value)


OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in ("counter", "recurrent")]


@pytest.mark.parametrize("name", ["first_value", *OTHERS])
def test_a_hundred_inferences_in_the_emulator(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.tflite"
    path.write_bytes(MODELS[name])
    graph = load(path)
    data = tmp_path / "x.npy"
    (shape,) = (graph.tensors[port.tensor].shape for port in graph.inputs)
    np.save(data, np.random.default_rng(1).integers(-128, 128, (100, *shape)).astype(np.int8))
    report = tinykit.deploy(path, board="stm32f746", data=data, out=tmp_path / "firmware")
    assert report.bit_exact and report.inputs is not None and report.inputs.count == 100
