"""A target that fails: one sentence, exit code 4, and what would help."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.models import convolutional

BOARD = ("--board", "stm32f746")


@pytest.fixture
def project(shell: Shell) -> Path:
    """A rendered project of a small model."""
    shell.file("m.tflite", convolutional())
    assert shell("plan", "m.tflite", *BOARD, "--out", "p.json").code == 0
    assert shell("render", "p.json", "--out", "out").code == 0
    return shell.folder / "out"


@pytest.mark.parametrize(
    ("crash", "words"),
    [
        ("*(volatile int *)0x20050000 = 1;", ("writes at 0x20050000", "disco_f746ng", "in main")),
        ("__builtin_trap();", ("faults in main",)),
    ],
)
def test_firmware_that_crashes(shell: Shell, project: Path, crash: str, words: tuple[str, ...]) -> None:
    main = project / "src" / "harness" / "main.c"
    text = main.read_text()
    main.write_text(text.replace("TK_MODEL.init();", f"TK_MODEL.init(); {crash}"))
    assert main.read_text() != text
    shell("validate", "out").failed(4, *words)


def test_serial_port_that_is_not_there(shell: Shell, project: Path) -> None:
    shell("validate", "out", "--target", "serial:/dev/ttyNONE", "--no-flash").failed(4, "/dev/ttyNONE cannot be opened")


def test_doctor_says_how_to_get_what_is_missing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    tools = {tool["name"]: tool for tool in shell("doctor", "--json").json["doctor"]}
    assert not tools["qemu-system-arm"]["found"]
    assert "apt install qemu-system-arm" in " ".join(shell("doctor").out.split())
