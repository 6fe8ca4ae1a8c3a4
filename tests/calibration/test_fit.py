"""Cost tables: what is fitted predicts what was measured, and a user's own table is used and checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.models import convolutional
from tinykit.boards import load_board
from tinykit.calibration import calibrate
from tinykit.calibration.fit import fit, non_negative, predicted
from tinykit.calibration.measure import Sample
from tinykit.errors import InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.ops.registry import OPERATORS
from tinykit.planner import cost, plan


def test_the_coefficients_that_made_the_samples_are_found_again() -> None:
    rng = np.random.default_rng(0)
    true = {"a": {"mac": 1.25, "row": 80.0}, "b": {"output": 7.5}, "schedule": {"step": 12.0}}
    samples = []
    for n in range(30):
        keys = ("a", "schedule") if n % 3 == 0 else ("b", "schedule") if n % 3 == 1 else ("a", "b", "schedule")
        terms = {key: {term: float(rng.integers(1, 2000)) for term in true[key]} for key in keys}
        samples.append(Sample(str(n), terms, round(sum(true[k][t] * c for k, found in terms.items() for t, c in found.items()))))
    table = fit(samples, {"other": {"mac": 3.0}})
    assert table["other"] == {"mac": 3.0}, "what was not measured stays"
    for sample in samples:
        assert predicted(sample, table) == pytest.approx(sample.measured, rel=2e-3)
    for key, terms in true.items():
        assert table[key] == pytest.approx(terms, rel=0.05)


def test_no_coefficient_is_negative_and_none_could_be_better() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        a = rng.standard_normal((12, 5))
        a /= np.linalg.norm(a, axis=0)
        b = rng.standard_normal(12)
        x = non_negative(a, b)
        assert (x >= 0).all()
        slope = a.T @ (b - a @ x)
        assert (slope <= 1e-4).all() and np.abs(slope[x > 0]).max(initial=0) <= 1e-4


LACKS = {
    "cortex-m0": ("_wide_",),
    "cortex-m4": ("_mve_", "_gathered_"),
    "cortex-m7": ("_mve_", "_gathered_"),
    "cortex-m55": ("_gathered_",),
}
"""Kernels that are not for a core."""


@pytest.mark.parametrize("core", LACKS)
def test_every_kernel_of_every_core_has_its_costs(core: str) -> None:
    known = json.loads((Path(cost.__file__).parent / "costs" / f"{core}.json").read_text())
    kernels = {kernel.name for operator in OPERATORS.values() for kernel in operator.kernels}
    mine = {name for name in kernels if not any(part in name for part in (*LACKS[core], *("_mve_",) * (core != "cortex-m55")))}
    assert sorted(mine - known.keys()) == [], "a new kernel needs layers in tinykit/calibration, and to be measured"


@pytest.mark.slow
def test_a_group_is_measured_fitted_and_kept(tmp_path: Path) -> None:
    board, kept, table = load_board("emu_m4"), tmp_path / "samples.json", tmp_path / "costs" / "cortex-m4.json"
    found = calibrate(board, table, only=["table"], samples=kept)
    off = sorted(abs(row.error) for row in found)
    assert off[len(off) // 2] < 0.05 and off[-1] < 0.3
    fitted = json.loads(table.read_text())
    assert fitted["tk_lut_row_s8"]["output"] > 1 and fitted.keys() >= cost.table("cortex-m4").keys()
    again = calibrate(board, None, only=["table"], samples=kept, check=True)
    assert [row.measured for row in again] == [row.measured for row in found]


def test_a_group_there_is_not() -> None:
    with pytest.raises(InputError, match="no group 'pointwize'"):
        calibrate(load_board("emu_m4"), None, only=["pointwize"])


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`costs/cortex-m4.json` in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "costs").mkdir()
    cost.table.cache_clear()
    return tmp_path / "costs" / "cortex-m4.json"


def test_a_users_own_table_predicts(own: Path) -> None:
    graph, board = run_passes(parse(convolutional(), name="m", source="m.tflite")), load_board("emu_m4")
    before = plan(graph, board).instructions
    doubled = {k: {t: 2 * c for t, c in terms.items()} for k, terms in cost.table("cortex-m4").items()}
    own.write_text(json.dumps(doubled))
    cost.table.cache_clear()
    cost._work.cache_clear()
    try:
        assert plan(graph, board).instructions == pytest.approx(2 * before, rel=0.01)
    finally:
        own.unlink()
        cost.table.cache_clear()
        cost._work.cache_clear()


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 3}', '{"a": {"mac": -1}}', '{"a": {"mac": true}}', '{"a": {"mac": NaN}}'])
def test_a_table_that_is_none_is_told(own: Path, text: str) -> None:
    own.write_text(text)
    cost.table.cache_clear()
    try:
        with pytest.raises(InputError, match="cortex-m4"):
            cost.table("cortex-m4")
    finally:
        cost.table.cache_clear()
