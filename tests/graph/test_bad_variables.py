"""Files whose variables cannot be used: one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.graph.test_bad_files import refusal
from tinykit.calibration.tflite_builder import ModelBuilder

AT = {"scale": 0.1, "zero_point": 0}
SHAPE = (1, 4)


def start() -> tuple[ModelBuilder, int]:
    b = ModelBuilder()
    return b, b.input(SHAPE, **AT)


def kept(b: ModelBuilder, x: int) -> int:
    """x added to a variable, which is read."""
    read = b.op("READ_VARIABLE", [b.variable("kept")], shape=SHAPE, **AT)
    y = b.op("ADD", [x, read], shape=SHAPE, **AT)
    b.outputs("ASSIGN_VARIABLE", [b.variable("kept"), y], [])
    return y


def never_assigned() -> bytes:
    b, _ = start()
    return b.build([b.op("READ_VARIABLE", [b.variable("kept")], shape=SHAPE, **AT)])


def not_a_handle() -> bytes:
    b, x = start()
    return b.build([b.op("READ_VARIABLE", [x], shape=SHAPE, **AT)])


def of_another_size() -> bytes:
    b, x = start()
    y = kept(b, x)
    b.op("READ_VARIABLE", [b.variable("kept")], shape=(1, 5), **AT)
    return b.build([y])


def of_another_type() -> bytes:
    b, x = start()
    y = kept(b, x)
    b.op("READ_VARIABLE", [b.variable("kept")], shape=SHAPE, dtype="uint8", **AT)
    return b.build([y])


def late_initialisation() -> bytes:
    b, x = start()
    y = kept(b, x)
    b.outputs("CALL_ONCE", [], [], init_subgraph_index=1)
    return b.build([y], others=[ModelBuilder()])


def computed_initialisation() -> bytes:
    b, x = start()
    b.outputs("CALL_ONCE", [], [], init_subgraph_index=1)
    other = ModelBuilder()
    value = other.op("RELU", [other.constant(np.zeros(SHAPE, np.int8), **AT)], shape=SHAPE, **AT)
    other.outputs("ASSIGN_VARIABLE", [other.variable("kept"), value], [])
    return b.build([kept(b, x)], others=[other])


def no_such_subgraph() -> bytes:
    b, x = start()
    b.outputs("CALL_ONCE", [], [], init_subgraph_index=7)
    return b.build([kept(b, x)])


def operator_on_state() -> bytes:
    b, x = start()
    return b.build([b.op("ADD", [x, b.tensor(SHAPE, variable=True, name="state", **AT)], shape=SHAPE, **AT)])


def state_as_output() -> bytes:
    b, x = start()
    b.op("RELU", [x], shape=SHAPE, **AT)
    return b.build([b.tensor(SHAPE, variable=True, name="state", **AT)])


def constant_state() -> bytes:
    b, x = start()
    state = b.constant(np.zeros(SHAPE, np.int8), **AT)
    b.tensors[state].variable = True
    return b.build([b.op("ADD", [x, state], shape=SHAPE, **AT)])


def nothing_to_assign() -> bytes:
    b, x = start()
    y = kept(b, x)
    b.operators[-1].inputs = [b.operators[-1].inputs[0], -1]
    return b.build([y])


CASES: dict[Callable[[], bytes], str] = {
    never_assigned: "no value",
    not_a_handle: "names no variable",
    of_another_size: "not the type and size of variable 'kept'",
    of_another_type: "not the type and size of variable 'kept'",
    late_initialisation: "after one was read",
    computed_initialisation: "more than constants",
    no_such_subgraph: "subgraph 7 does not exist",
    operator_on_state: "cannot use variable 'state'",
    state_as_output: "among the model's inputs or outputs",
    constant_state: "a constant and a variable",
    nothing_to_assign: "lacks an input",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_refusals(case: Callable[[], bytes], tmp_path: Path) -> None:
    assert CASES[case] in refusal(tmp_path, case())
