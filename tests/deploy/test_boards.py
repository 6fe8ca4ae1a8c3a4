"""Models on boards in simulators: a few by lot in every run, all of the public ones in the slow suite, as a table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.boards import FITS_NOT, PASSED, SIMULATORS, cells, run, sample, table
from tests.conftest import SHARED_MODELS, missing
from tests.support.models import convolutional
from tinykit.boards import boards, load_board

SEED, SHARE = 20261121, 2


def runnable(board: str, target: str) -> bool:
    return target != "qemu" or shutil.which(load_board(board).target("qemu")["system"]) is not None


@pytest.mark.parametrize(
    ("board", "target"), [(board, target) for _, board, target in sample(cells([Path("net")]), SHARE, SEED)]
)
def test_a_share_of_the_boards_by_lot(board: str, target: str, tmp_path: Path) -> None:
    if not runnable(board, target):
        missing("QEMU is not installed")
    (tmp_path / "net.tflite").write_bytes(convolutional())
    assert run((tmp_path / "net.tflite", board, target)) == PASSED


def test_the_lot_takes_every_board_before_any_twice() -> None:
    every = cells([Path("a"), Path("b"), Path("c")])
    drawn = sample(every, len(boards()), 1)
    assert {board for _, board, _ in drawn} == {board.id for board in boards()}
    assert drawn == sample(every, len(boards()), 1) != sample(every, len(boards()), 2)


def test_the_table_has_a_row_a_board_and_target_and_a_column_a_model() -> None:
    a, b = Path("a.tflite"), Path("b.tflite")
    text = table({(a, "pico", "emulator"): PASSED, (b, "pico", "emulator"): FITS_NOT, (a, "microbit", "qemu"): "FAILED: x"})
    assert text.splitlines() == [
        "| board | target | a | b |", "|---|---|---|---|", "| pico | emulator | ok | – |", "| microbit | qemu | FAILED: x |  |",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("board", "target"), [(b.id, target) for b in boards() for target in b.targets if target in SIMULATORS]
)
def test_the_ten_public_models_on_every_board(board: str, target: str, shared_models: Path) -> None:
    if not runnable(board, target):
        missing("QEMU is not installed")
    results = {}
    for model in SHARED_MODELS:
        cell = (shared_models / f"{model}.tflite", board, target)
        results[cell] = run(cell)
    print(table(results))
    assert set(results.values()) <= {PASSED, FITS_NOT}
    assert PASSED in results.values()
