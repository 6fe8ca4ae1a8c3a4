"""Bad input ends in one sentence, the right exit code, and nothing left behind."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.cli.conftest import Shell
from tests.support.models import convolutional, dense, floating
from tinykit.calibration.tflite_builder import ModelBuilder

DEPLOY = ("--board", "stm32f746")


@pytest.mark.parametrize("keep", [0, 3, 8, 100, 0.5, 0.98])
def test_truncated_model(shell: Shell, keep: float) -> None:
    data = convolutional()
    shell.file("m.tflite", data[: int(keep if keep > 1 else keep * len(data))])
    shell("deploy", "m.tflite", *DEPLOY).failed(2, "m.tflite")
    assert shell.names() == {"m.tflite"}


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes(shell: Shell, seed: int) -> None:
    shell.file("m.tflite", b"\x1c\0\0\0TFL3" + random.Random(seed).randbytes(4000))
    shell("deploy", "m.tflite", *DEPLOY).failed(2, "m.tflite")
    assert shell.names() == {"m.tflite"}


def test_float_model(shell: Shell) -> None:
    shell.file("m.tflite", floating())
    shell("deploy", "m.tflite", *DEPLOY).failed(2, "float", "tinykit quantize")
    assert shell.names() == {"m.tflite"}


def test_an_output_that_is_a_constant(shell: Shell) -> None:
    b = ModelBuilder()
    computed = b.op("RELU", [b.input((1, 4), scale=0.1)], shape=(1, 4), scale=0.1)
    anchors = b.constant(np.zeros((1, 6), np.int8), scale=0.1, name="anchors")
    shell.file("m.tflite", b.build([computed, anchors]))
    shell("deploy", "m.tflite", *DEPLOY).failed(2, "m.tflite: output 'anchors' is a constant")
    assert shell.names() == {"m.tflite"}


def test_no_such_model(shell: Shell) -> None:
    shell("deploy", "nothing.tflite", *DEPLOY).failed(2, "nothing.tflite")


def test_misspelt_family(shell: Shell) -> None:
    shell("deploy", "mcunett", *DEPLOY).failed(2, "mcunett", "did you mean mcunet?")


def test_other_file_as_model(shell: Shell) -> None:
    shell.file("notes.txt", b"")
    shell("deploy", "notes.txt", *DEPLOY).failed(2, "notes.txt")


def test_unknown_board_suggests_the_nearest(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    shell("deploy", "m.tflite", "--board", "stm32f747").failed(2, "stm32f747", "stm32f746")


def test_no_board(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    shell("deploy", "m.tflite").failed(2, "board", "tinykit boards")


def test_missing_calibration(shell: Shell) -> None:
    shell("deploy", "mcunet", *DEPLOY, "--calibration", "gone.npz").failed(2, "gone.npz")
    assert shell.names() == set()


@pytest.mark.parametrize("name", ["gone.npz", "gone.npy", "gone"])
def test_missing_data(shell: Shell, name: str) -> None:
    shell.file("m.tflite", convolutional())
    shell("deploy", "m.tflite", *DEPLOY, "--data", name).failed(2, name)
    assert shell.names() == {"m.tflite"}


@pytest.mark.parametrize("name", ["x.npz", "x.npy"])
def test_rubbish_data(shell: Shell, name: str) -> None:
    shell.file("m.tflite", convolutional())
    shell.file(name, b"PK\x03\x04rubbish")
    shell("deploy", "m.tflite", *DEPLOY, "--data", name).failed(2, name)


def test_too_large_for_sram(shell: Shell) -> None:
    shell.file("m.tflite", convolutional(size=400))
    run = shell("deploy", "m.tflite", *DEPLOY)
    run.failed(3, "SRAM", "m.tflite")
    assert shell.names() == {"m.tflite"}


def test_too_large_for_the_budget(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    shell("plan", "m.tflite", *DEPLOY, "--sram", "64").failed(3, "64 B")
    assert shell.names() == {"m.tflite"}


def test_too_large_for_flash(shell: Shell) -> None:
    shell.file("m.tflite", dense(2048, 600))
    shell("deploy", "m.tflite", *DEPLOY).failed(3, "more than the flash")
    shell.file("m.tflite", dense(2048, 511))  # the weights fit, with code they do not
    shell("deploy", "m.tflite", *DEPLOY).failed(3, "too much flash")
    assert shell.names() <= {"m.tflite", "build"}
    assert not any((shell.folder / "build").glob("*"))


def test_target_the_board_does_not_have(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    shell("deploy", "m.tflite", *DEPLOY, "--target", "emulatr").failed(2, "emulatr", "did you mean emulator?")


def test_folder_of_somebody_else_is_left_alone(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    (shell.folder / "out").mkdir()
    (shell.folder / "out" / "thesis.txt").write_text("years of work")
    shell("deploy", "m.tflite", *DEPLOY, "--out", "out").failed(2, "out")
    assert (shell.folder / "out" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "args",
    [("deploy", "--nonsense"), ("deploy", "--sram", "12q"), ("nonsense",), ("plan", "--scheme", "magic"), ("build",)],
)
def test_usage(shell: Shell, args: tuple[str, ...]) -> None:
    shell(*args).failed(2)


@pytest.mark.parametrize("command", ["build", "validate"])
def test_no_project(shell: Shell, command: str) -> None:
    shell(command, ".").failed(2, "not a tinykit project")


def test_damaged_plan(shell: Shell) -> None:
    shell.file("p.json", b'{"schema": 1, "blocks": 7}')
    shell("render", "p.json", "--out", "out").failed(2, "p.json")
    assert shell.names() == {"p.json"}


def test_plan_of_another_model(shell: Shell) -> None:
    shell.file("a.tflite", convolutional())
    shell.file("b.tflite", convolutional(size=16))
    assert shell("plan", "a.tflite", *DEPLOY, "--out", "p.json").code == 0
    shell("deploy", "b.tflite", *DEPLOY, "--plan", "p.json").failed(2, "p.json", "b.tflite")


def test_json_failure_is_one_object(shell: Shell) -> None:
    shell.file("m.tflite", convolutional(size=400))
    run = shell("deploy", "m.tflite", *DEPLOY, "--json")
    assert run.code == 3
    assert run.json["error"] and run.json["schema"] == 1 and run.json["model"] == "m.tflite"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model = ", "tinykit.toml"),
        ("colour = 'red'", "colour"),
        ("board = 7", "board"),
        ("[plan]\nsram = 'much'", "much"),
        ("board = 'stm32f747'", "stm32f746"),
    ],
)
def test_bad_settings_file(shell: Shell, text: str, words: str) -> None:
    shell.file("tinykit.toml", text.encode())
    shell("deploy").failed(2, words)
    assert shell.names() == {"tinykit.toml"}
