"""Finding a board's port by its USB id, and what is said of ports that cannot be opened."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from tinykit.boards import load_board
from tinykit.targets.errors import TargetError
from tinykit.targets.ports import find_port, plugged_in, why_not

BOARD = load_board("stm32f746")
(USB, *_) = BOARD.target("serial")["usb"]


def port(device: str, usb: str | None) -> SimpleNamespace:
    vid, pid = (int(part, 16) for part in usb.split(":")) if usb else (None, None)
    return SimpleNamespace(device=device, vid=vid, pid=pid)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """The serial ports there are."""
    there: list[SimpleNamespace] = []
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: there)
    monkeypatch.setattr("tinykit.targets.ports.plugged_in", lambda ids: False)
    return there


def test_the_boards_port_is_found_among_others(ports: list[SimpleNamespace]) -> None:
    ports += [port("/dev/ttyS0", None), port("/dev/ttyACM1", USB), port("/dev/ttyUSB0", "1a86:7523")]
    assert find_port(BOARD) == "/dev/ttyACM1"


def test_no_port_several_ports_and_a_board_without_an_id(ports: list[SimpleNamespace], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match=f"no serial port is {BOARD.id}'s .*{USB}.*; there is none at all"):
        find_port(BOARD)
    ports.append(port("/dev/ttyS0", None))
    with pytest.raises(TargetError, match="there is /dev/ttyS0"):
        find_port(BOARD)
    ports += [port("/dev/ttyACM1", USB), port("/dev/ttyACM0", USB)]
    with pytest.raises(TargetError, match=r"2 ports could be .*: /dev/ttyACM0, /dev/ttyACM1") as caught:
        find_port(BOARD)
    assert caught.value.hint == "name one: --target serial:/dev/ttyACM0, or tinykit monitor /dev/ttyACM0"
    with pytest.raises(TargetError, match="emu_m4's manifest names no USB id"):
        find_port(load_board("emu_m4"))
    ports.clear()
    monkeypatch.setattr("tinykit.targets.ports.plugged_in", lambda ids: USB in ids)
    with pytest.raises(TargetError, match="plugged in, but this system gives it no serial port") as caught:
        find_port(BOARD)
    assert "driver" in caught.value.hint


def test_linux_knows_what_is_plugged_in(tmp_path: Path) -> None:
    device = tmp_path / "1-1"
    device.mkdir()
    (device / "idVendor").write_text("0483\n")
    assert not plugged_in(["0483:374b"], tmp_path)
    (device / "idProduct").write_text("374b\n")
    assert plugged_in(["0483:374b"], tmp_path)
    assert not plugged_in(["0483:374c"], tmp_path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EBUSY, "Device or resource busy"), "is busy"),
        (OSError("Could not exclusively lock port /dev/x"), "is busy"),
        (OSError(errno.EACCES, "Permission denied"), "you may not use the serial port"),
        (OSError("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"), "you may not use"),
        (OSError(errno.ENOENT, "No such file"), "there is none of this name"),
        (ValueError("strange"), "cannot be opened: strange"),
    ],
)
def test_a_port_that_cannot_be_opened(error: Exception, words: str) -> None:
    found = why_not("/dev/x", error)
    assert words in found.message and found.hint and found.exit_code == 4
