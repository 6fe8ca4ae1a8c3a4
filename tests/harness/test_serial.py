"""Boards on a serial port: the harness in C behind a pseudo-terminal, and ports that are not what they should be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.harness.cable import Cable
from tests.harness.fake_board import FASTEST, SHA256, FakeBoard, NoisyLine, expected
from tinykit.boards import load_board
from tinykit.errors import ToolError
from tinykit.harness.device import WireDevice
from tinykit.mlperf.dut import Dut
from tinykit.targets.errors import TargetError
from tinykit.targets.monitor import monitor
from tinykit.targets.serial_port import SerialTarget
from tinykit.targets.stream import SerialStream


@pytest.fixture
def cable(board: FakeBoard) -> Iterator[Cable]:
    made = Cable(board)
    yield made
    made.pull()


def target(port: str | None, sha256: str = SHA256, board: str = "stm32f746") -> SerialTarget:
    return SerialTarget(port, load_board(board), Path(), sha256, flash_first=False)


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


def test_another_boards_firmware_is_refused(cable: Cable) -> None:
    with pytest.raises(ToolError) as caught, target(cable.port, board="emu_m4"):
        pass
    assert f"was built for {load_board('stm32f746').id}, not for emu_m4" in fails(caught)


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
    assert silent.port in fails(caught)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost command is sent again soon."""
    monkeypatch.setattr(SerialStream, "patience", 0.1)


def run_right(device: WireDevice, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, more = rng.integers(-128, 128, (1, 20, 30)).astype(np.int8), rng.normal(size=10).astype(np.float32)
    found = device.run([image, more])
    assert np.array_equal(found[0], expected(image)) and np.array_equal(found[1], more)


def test_the_line_gets_faster_and_is_left_as_it_was(board: FakeBoard, cable: Cable) -> None:
    assert board.baud == 115200
    with target(cable.port) as device:
        assert (board.baud, cable.baud) == (FASTEST, FASTEST)
        run_right(device, 1)
    assert board.baud == 115200


@pytest.mark.usefixtures("impatient")
def test_a_reset_returns_to_the_first_speed_and_the_host_follows(board: FakeBoard, cable: Cable) -> None:
    with target(cable.port) as device:
        for seed in range(3):
            board.reset()
            assert board.baud == 115200
            run_right(device, seed)
            assert (board.baud, cable.baud) == (FASTEST, FASTEST)


@pytest.mark.usefixtures("impatient")
def test_a_board_left_fast_is_found_again(board: FakeBoard, cable: Cable) -> None:
    target(cable.port).__enter__().link.stream.close()  # as a program that was killed leaves it
    assert board.baud == FASTEST
    with target(cable.port) as device:
        run_right(device, 2)


def test_a_board_left_fast_is_slow_again_in_time(board: FakeBoard) -> None:
    cable = Cable(board, haste=50)
    try:
        target(cable.port).__enter__().link.stream.close()
        end = time.monotonic() + 20
        while board.baud != 115200:
            assert time.monotonic() < end
            time.sleep(0.02)
        stream = SerialStream(cable.port, 115200)
        stream.write(b"name%")
        assert b"m-name-dut-[tinykit]" in stream.read(5) + stream.read(0.5)
        stream.close()
    finally:
        cable.pull()


def test_commands_keep_a_fast_line_fast(board: FakeBoard) -> None:
    """MLPerf's text does as well as frames; garbage does not."""
    cable = Cable(board, haste=50)
    try:
        with target(cable.port) as device:
            dut = Dut(device.link.stream)
            end = time.monotonic() + 1.0  # 50 seconds for the board
            while time.monotonic() < end:
                dut.command("name")
                time.sleep(0.05)
                assert board.baud == FASTEST
            while board.baud == FASTEST:
                assert time.monotonic() < end + 20
                device.link.stream.write(b"gar%bage%\xff\0\x81")
                time.sleep(0.02)
            run_right(device, 3)  # the host finds it at the first speed
    finally:
        cable.pull()


@pytest.mark.usefixtures("impatient")
def test_noise_and_resets_on_a_line_with_speeds(board: FakeBoard) -> None:
    line = NoisyLine(board, 0.002, reset=0.01)
    cable = Cable(board, line)
    try:
        with target(cable.port) as device:
            seed = 0
            while line.frames < 400:
                run_right(device, seed := seed + 1)
    finally:
        cable.pull()
    assert board.resets > 2


def test_a_firmwares_words_are_shown(board: FakeBoard, cable: Cable) -> None:
    shown: list[str] = []

    def show(line: str) -> None:
        shown.append(line)
        if line == "m-ready":
            cable.pull()

    stream = SerialStream(cable.port, 115200)
    with pytest.raises(ToolError):
        monitor(stream, show, iter(["profile%\n"]))
    stream.close()
    assert shown == ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[fake]", "m-ready"]


def test_a_port_that_goes_while_somebody_types_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("threading.excepthook", told.append)
    written = threading.Event()

    class Gone:
        patience = 1.0

        def write(self, data: bytes) -> None:
            written.set()
            raise TargetError("the serial port failed")

        def read(self, timeout: float) -> bytes:
            written.wait(5)
            time.sleep(0.1)
            raise TargetError("the serial port failed")

    with pytest.raises(TargetError):
        monitor(Gone(), print, iter(["name%\n"]))
    assert not told
