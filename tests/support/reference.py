"""The reference interpreter, and inputs for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tflite

from tests.conftest import missing

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.INT8: np.int8,
    tflite.TensorType.UINT8: np.uint8,
    tflite.TensorType.INT16: np.int16,
    tflite.TensorType.INT32: np.int32,
}


def runtime() -> Any:
    """`tflite_micro`'s interpreters; skips the test where they are not installed, fails it in CI."""
    try:
        from tflite_micro.python.tflite_micro import runtime as found
    except ImportError:
        missing("tflite_micro is not installed")
    return found


def run_reference(model: bytes, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Every output of `tflite_micro` for `inputs`; see `runtime`."""
    interpreter = runtime().Interpreter.from_bytes(model, arena_size=1 << 21)
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    count = tflite.Model.GetRootAs(model, 0).Subgraphs(0).OutputsLength()
    return [np.array(interpreter.get_output(index)) for index in range(count)]


def random_inputs(model: bytes, seed: int) -> list[np.ndarray]:
    """One value for each input of `model`: any bytes, extremes only or one value throughout; reals beyond any range."""
    rng = np.random.default_rng(seed)
    subgraph = tflite.Model.GetRootAs(model, 0).Subgraphs(0)
    values = []
    for index in range(subgraph.InputsLength()):
        tensor = subgraph.Tensors(subgraph.Inputs(index))
        shape, dtype = tuple(tensor.ShapeAsNumpy()), _DTYPES[tensor.Type()]
        if dtype is np.float32:
            values.append(rng.normal(0, 10.0 ** rng.integers(-1, 3), shape).astype(np.float32))
            continue
        ends = np.iinfo(dtype)
        pools = [np.arange(ends.min, ends.max + 1), np.array([ends.min, ends.max]), rng.integers(ends.min, ends.max, 1)]
        values.append(rng.choice(pools[int(rng.choice(3, p=[0.7, 0.2, 0.1]))], shape).astype(dtype))
    return values
