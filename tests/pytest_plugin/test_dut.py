"""When the plugin flashes a board: once for each firmware, and again when the one that is on it has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinykit import testing
from tinykit.errors import ToolError
from tinykit.testing import Bench


def test_a_firmware_that_faulted_is_flashed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flashed: list[bool] = []
    faults = [False]

    def run(inputs: Any) -> list[Any]:
        if faults[0]:
            raise ToolError("the firmware faults")
        return list(inputs)

    @contextmanager
    def target(*_: Any, flash: bool, **__: Any) -> Iterator[Any]:
        flashed.append(flash)
        yield SimpleNamespace(run=run)

    project = SimpleNamespace(board=SimpleNamespace(id="a board"), folder=tmp_path, prefix="net")
    built = SimpleNamespace(project=project, graph=SimpleNamespace(sha256=""), firmware=None)
    monkeypatch.setattr(testing, "open_target", target)
    monkeypatch.setattr(Bench, "_build", lambda *_: built)
    bench, x = Bench(tmp_path), np.zeros(1)
    for _ in range(2):
        with bench.open("net", "a board", "serial") as dut:
            dut.run(x)
            dut.run(x)
    assert flashed == [True, False]
    with bench.open("net", "a board", "serial") as dut:
        faults[0] = True
        with pytest.raises(ToolError):
            dut.run(x)
        faults[0] = False
        dut.run(x)
        faults[0] = True
        with pytest.raises(ToolError):
            dut.run(x)
    faults[0] = False
    with bench.open("net", "a board", "serial") as dut:
        dut.run(x)
    assert flashed[2:] == [False, True, True]
