"""Boards on a serial port: the harness in C behind a pseudo-terminal, and ports that are not what they should be."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.harness.fake_board import SHA256, FakeBoard, expected
from tinykit.boards import load_board
from tinykit.errors import ToolError
from tinykit.targets.serial_port import SerialTarget
from tinykit.targets.stream import SerialStream


class Cable:
    """A pseudo-terminal at `port`; what is written there reaches `board`, unless there is none."""

    def __init__(self, board: FakeBoard | None) -> None:
        self._board = board
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                data = os.read(self._ours, 4096)
                if self._board is not None:
                    self._board.write(data)
                    os.write(self._ours, self._board.read(0))
            except OSError:
                return

    def pull(self) -> None:
        """Unplug the board: its port hangs up."""
        if self._ours >= 0:
            os.close(self._theirs)
            os.close(self._ours)
            self._ours = -1


@pytest.fixture
def cable(board: FakeBoard) -> Iterator[Cable]:
    made = Cable(board)
    yield made
    made.pull()


def target(port: str, sha256: str = SHA256) -> SerialTarget:
    return SerialTarget(port, load_board("stm32f746"), Path(), sha256, flash_first=False)


def fails(caught: pytest.ExceptionInfo[ToolError]) -> str:
    """The message, which is one sentence and ends the program with 4."""
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_board_on_a_serial_port_is_run(cable: Cable) -> None:
    rng = np.random.default_rng(1)
    image, more = rng.integers(-128, 128, (1, 20, 30)).astype(np.int8), rng.normal(size=10).astype(np.float32)
    with target(cable.port) as device:
        found = device.run([image, more])
        assert device.stack_peak() == 321
        device.reset()
        again = device.run([image, more])
    for outputs in (found, again):
        assert np.array_equal(outputs[0], expected(image)) and np.array_equal(outputs[1], more)


def test_another_models_firmware_is_refused(cable: Cable) -> None:
    with pytest.raises(ToolError) as caught, target(cable.port, "77" * 32):
        pass
    assert "firmware of another model ('fake'" in fails(caught)
    assert "--no-flash" in caught.value.hint


def test_a_port_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught, target(str(tmp_path / "ttyNONE")):
        pass
    assert "ttyNONE cannot be opened" in fails(caught)


def test_a_file_that_is_no_port_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ToolError) as caught, target(str(tmp_path / "file")):
        pass
    assert "file cannot be opened" in fails(caught)


def test_a_port_that_somebody_else_uses_is_said_to_be_busy(cable: Cable) -> None:
    with target(cable.port), pytest.raises(ToolError) as caught, target(cable.port):
        pass
    assert cable.port in fails(caught)
    assert "another program uses the port" in caught.value.hint


def test_a_board_pulled_out_ends_the_run(cable: Cable) -> None:
    with pytest.raises(ToolError) as caught, target(cable.port) as device:
        device.read(0)
        cable.pull()
        for _ in range(3):
            device.read(0)
    assert cable.port in fails(caught)


def test_a_silent_board_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SerialStream, "patience", 0.1)
    monkeypatch.setattr("tinykit.harness.link.Link.open.__defaults__", (0.5,))
    silent = Cable(None)
    try:
        with pytest.raises(ToolError) as caught, target(silent.port):
            pass
    finally:
        silent.pull()
    assert "does not answer" in fails(caught)
    assert "validation firmware" in caught.value.hint
