"""The kernels' fixed-point arithmetic at the ends of its ranges, under the sanitizer for undefined behaviour."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.kernels.differential import KERNELS
from tinykit.builder.host import host_compiler
from tinykit.ops.fixed_point import INT8_MAX, INT8_MIN, requantise

FLAGS = ("-std=c11", "-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all", f"-I{KERNELS}")
EDGES = (0, 1, 2, 127, 255, 65535, (1 << 23) - 1, 1 << 23, (1 << 29) + 1, (1 << 30) - 1, 1 << 30, (1 << 31) - 1)
SUMS = sorted({-(1 << 31), *EDGES, *(-edge for edge in EDGES)})
MULTIPLIERS = (1 << 30, (1 << 30) + 1, 1518500250, (1 << 31) - 1)
ZERO_POINTS = (INT8_MIN, -1, 0, INT8_MAX)
SHIFTS = range(-31, 32)
RIGHT_SHIFTS = range(1, 25)


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """What C makes of all sums with `tk_requantise` and with `tk_wide_output`, one after the other."""
    exact = [f"{{{m}, {s}, 0}}" for m, s in product(MULTIPLIERS, SHIFTS)]
    wide = [
        f"{{{2 * m - (1 << 32)}, {(2 * z + 1) * (1 << (s - 1))}, 1}}"
        for m, s, z in product(MULTIPLIERS, RIGHT_SHIFTS, ZERO_POINTS)
    ]
    text = f"""#include <stdio.h>
#include "tk_wide.h"
static const int64_t sums[] = {{ {", ".join(map(str, SUMS))} }};
static const int64_t cases[][3] = {{ {", ".join(exact + wide)} }};
int main(void)
{{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        for (size_t k = 0; k < sizeof sums / sizeof *sums; ++k) {{
            const int32_t sum = (int32_t)sums[k], a = (int32_t)cases[i][0], b = (int32_t)cases[i][1];
            const int32_t result = cases[i][2] ? tk_wide_output(sum, a, b) : tk_requantise(sum, a, b);
            fwrite(&result, sizeof result, 1, stdout);
        }}
    return 0;
}}
"""
    folder: Path = tmp_path_factory.mktemp("math")
    (folder / "math.c").write_text(text)
    subprocess.run([*host_compiler(), *FLAGS, "math.c", "-o", "math"], cwd=folder, check=True)
    ran = subprocess.run([folder / "math"], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    rows = np.frombuffer(ran.stdout, "<i4").reshape(-1, len(SUMS))
    return rows[: len(exact)], rows[len(exact) :]


def test_requantisation_is_defined_and_right_for_any_sum_and_shift(computed: tuple[np.ndarray, np.ndarray]) -> None:
    for row, (multiplier, shift) in zip(computed[0], product(MULTIPLIERS, SHIFTS), strict=True):
        right = requantise(np.array(SUMS, np.int64), multiplier, shift)
        np.testing.assert_array_equal(row, right, f"multiplier {multiplier}, shift {shift}")


def test_both_roundings_and_the_zero_point_in_one_addition_round_as_two_do(computed: tuple[np.ndarray, np.ndarray]) -> None:
    for row, (multiplier, shift, zero) in zip(computed[1], product(MULTIPLIERS, RIGHT_SHIFTS, ZERO_POINTS), strict=True):
        right = np.clip(requantise(np.array(SUMS, np.int64), multiplier, -shift) + zero, INT8_MIN, INT8_MAX)
        np.testing.assert_array_equal(row, right, f"multiplier {multiplier}, right shift {shift}, zero point {zero}")
