"""Convolutions and dense layers on QEMU's RISC-V: the kernels in plain C that it prefers, and those made for other cores."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels import machines
from tests.kernels.differential import describe, reference
from tests.kernels.test_thumb import thumb_cases
from tinykit.ops.base import Core


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_every_byte_on_the_core_itself(compiler: str) -> None:
    machines.require("rv32imac", compiler)
    cases = [case for n, case in enumerate(thumb_cases()) if n % 2]
    both = [*cases, *(machines.chosen_for(case, Core("rv32imac")) for case in cases)]
    wanted = [reference(case.model, case.inputs) for case in cases]
    for case, result, right in zip(both, machines.run(both, compiler, "rv32imac"), wanted * 2, strict=True):
        np.testing.assert_array_equal(result, right, f"{case.chosen.name}: {describe(case.node)}")
