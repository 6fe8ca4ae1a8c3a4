"""Every operator in thousands of random cases, on this computer under the sanitizers and on emulated cores: the slow suite."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import thumb
from tests.kernels.authors import INT8, INT16, REALS, cases
from tests.kernels.differential import assert_exact, describe, exactly, reference
from tinykit.ops.int16 import INT16 as DECLARED_INT16
from tinykit.ops.registry import OPERATORS

BATCHES, BATCH = 34, 63
# No int8 kernel in tflite_micro; state, which only whole models have; drawn in test_reals.py.
ELSEWHERE = {
    *("EXP", "GELU", "LOG", "RELU_N1_TO_1", "TILE"),
    *("ASSIGN_VARIABLE", "READ_VARIABLE", "SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM"),
    *("CAST", "DEQUANTIZE"),
}


@pytest.mark.slow
def test_every_operator_has_an_author() -> None:
    assert INT8.keys() | REALS.keys() == OPERATORS.keys() - ELSEWHERE
    assert INT16.keys() == DECLARED_INT16.keys() | {"QUANTIZE"}


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_on_this_computer(batch: int) -> None:
    assert_exact(cases(batch, BATCH))


@pytest.mark.slow
@pytest.mark.parametrize("core", thumb.CPUS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_on_the_core_itself(batch: int, core: str) -> None:
    drawn = cases(batch, BATCH)
    if core == "cortex-m0":
        drawn = drawn[:: len(thumb.CPUS)]
    compiler = "gcc" if "gcc" in thumb.compilers() else "zig"
    for case, found in zip(drawn, thumb.run(drawn, compiler, core), strict=True):
        right = reference(case.model, case.inputs)
        np.testing.assert_array_equal(exactly(found), exactly(right), f"{case.chosen.name} on {core}: {describe(case.node)}")
