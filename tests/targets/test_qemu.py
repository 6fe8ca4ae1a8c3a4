"""QEMU that dies, hangs or was never there: one sentence, and nothing left running."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import numpy as np
import pytest

from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import load_board
from tinykit.builder import build
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.targets.qemu import QemuTarget

BOARD = "mps2_an386"


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    folder = tmp_path_factory.mktemp("qemu")
    (folder / "net.tflite").write_bytes(convolutional())
    pipeline.plan(folder / "net.tflite", board=BOARD, out=folder / "plan.json")
    pipeline.render(folder / "plan.json", out=folder / "project")
    return build(folder / "project")


def test_a_run_whose_qemu_is_killed_ends_in_one_sentence(firmware: Firmware, tool: Callable[[str], str]) -> None:
    tool("qemu-system-arm")
    target = QemuTarget(load_board(BOARD), firmware)
    image = np.zeros((1, 8, 8, 3), np.int8)
    with pytest.raises(ToolError) as caught, target as device:
        device.run([image])
        pid = target.pid
        os.kill(pid, signal.SIGKILL)
        device.run([image])
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.message
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_qemu_ends_with_the_run_that_fails(firmware: Firmware, tool: Callable[[str], str]) -> None:
    tool("qemu-system-arm")
    target = QemuTarget(load_board(BOARD), firmware)
    with pytest.raises(KeyboardInterrupt), target:
        pid = target.pid
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_qemu_that_is_not_there_is_named(firmware: Firmware, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="qemu-system-arm is not installed") as caught, QemuTarget(load_board(BOARD), firmware):
        pass
    assert "apt install qemu-system-arm" in caught.value.hint
