"""docs/operators.md says what the registry says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tinykit.graph.attributes import READERS
from tinykit.ops.registry import OPERATORS
from tinykit.resources import data_path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators.md"
LEAVE_NO_CODE = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "SHAPE", "CALL_ONCE", "VAR_HANDLE"}
BECOME_OTHERS = {"BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND", "PACK", "REVERSE_V2", "SPLIT", "SPLIT_V", "STRIDED_SLICE", "UNPACK"}


def _rows() -> dict[str, list[str]]:
    """Operator → the other cells of its row."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {row[0]: row[1:] for row in cells}


def test_every_operator_has_its_row_in_order() -> None:
    assert list(_rows()) == sorted(OPERATORS)


@pytest.mark.parametrize("kind", sorted(OPERATORS))
def test_the_kernel_files_are_the_declared_ones(kind: str) -> None:
    named = re.findall(r"`(\w+)`", _rows()[kind][1])
    assert named == sorted({kernel.source for kernel in OPERATORS[kind].kernels})
    for source in named:
        for suffix in (".c", ".h"):
            text = (data_path("firmware_templates") / "kernels" / (source + suffix)).read_text(encoding="utf-8")
            for kernel in OPERATORS[kind].kernels:
                assert kernel.source != source or f"void {kernel.name}(" in text


def test_whatever_the_reader_takes_is_described() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert set(READERS) == OPERATORS.keys() | LEAVE_NO_CODE | BECOME_OTHERS
    assert all(kind in text for kind in LEAVE_NO_CODE | BECOME_OTHERS)
