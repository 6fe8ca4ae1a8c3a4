"""The commands as a user meets them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Shell
from tests.conftest import ROOT
from tests.support.models import convolutional

BOARD = ("--board", "stm32f746")


def imported(*args: str, cwd: Path) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = (
        "import sys; from tinykit.cli.main import main; main(sys.argv[1:]); "
        "print('|'.join(sys.modules), file=sys.stderr)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=cwd, env=env)
    return {name.split(".")[0] for name in run.stderr.splitlines()[-1].split("|")}


def test_help_imports_nothing_heavy(shell: Shell) -> None:
    heavy = {"tensorflow", "keras", "numpy", "tflite", "unicorn", "platformio"}
    assert not imported("--help", cwd=shell.folder) & heavy


def test_plan_never_imports_tensorflow(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    assert not imported("plan", "m.tflite", *BOARD, cwd=shell.folder) & {"tensorflow", "keras", "platformio"}


def test_help_is_quick(shell: Shell) -> None:
    """In processor time, which does not depend on what else runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert shell("--help").code == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_version(shell: Shell) -> None:
    assert shell("--version").out.startswith("tinykit ")


def test_boards(shell: Shell) -> None:
    boards = {board["id"]: board for board in shell("boards", "--json").json["boards"]}
    assert boards["disco_f746ng"]["sram"] == 320 * 1024
    assert "emulator" in boards["disco_f746ng"]["targets"]
    assert "stm32f746" in shell("boards").out


def test_models(shell: Shell) -> None:
    assert "mcunet" in [model["id"] for model in shell("models", "--json").json["models"]]


def test_doctor_knows_the_default_way_works(shell: Shell) -> None:
    run = shell("doctor", "--json")
    assert run.code == 0
    assert {"unicorn", "platformio"} <= {tool["name"] for tool in run.json["doctor"] if tool["found"]}


def test_deploy_is_exact_and_says_so(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    run = shell("deploy", "m.tflite", *BOARD)
    assert run.code == 0, run.out + run.err
    assert "bit-exact" in run.out and "build/m-disco_f746ng" in run.out
    assert [line.split()[0] for line in run.err.splitlines()] == ["plan", "render", "build", "run"]
    assert "\x1b" not in run.out + run.err


def test_deploy_json(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    values = shell("deploy", "m.tflite", *BOARD, "--json", "--out", "firmware").json
    assert values["bit_exact"] is True and values["bytes_compared"] == 50 and values["bytes_differing"] == 0
    assert values["inputs"] == {"count": 10, "source": "random"}
    assert values["instructions"]["measured"] > 1000 and values["instructions"]["predicted"] > 0
    assert 0 < values["sram"]["stack"] < 8192
    assert values["project"] == "firmware" and (shell.folder / "firmware" / "platformio.ini").is_file()


def test_stages_one_by_one(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    planned = shell("plan", "m.tflite", *BOARD, "--min-ram", "-o", "p.json", "--json").json
    assert planned["file"] == "p.json" and planned["plan"]["objective"] == "min-ram"
    assert shell("render", "p.json", "--out", "firmware").code == 0
    built = shell("build", "firmware", "--json").json
    assert built["sram"]["arena"] == planned["sram"]["arena"]
    checked = shell("validate", "firmware", "--json")
    assert checked.code == 0 and checked.json["bit_exact"] is True


def test_deploy_with_a_plan(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    planned = shell("plan", "m.tflite", *BOARD, "--min-ram", "-o", "p.json", "--json").json
    values = shell("deploy", "m.tflite", *BOARD, "--plan", "p.json", "--json").json
    assert values["plan"] == planned["plan"] and values["bit_exact"] is True


def test_settings_file(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    assert shell("init", "m.tflite", "--board", "emu_m4").code == 0
    run = shell("deploy", "--json")
    assert run.code == 0 and run.json["board"] == "emu_m4" and run.json["model"] == "m.tflite"
    shell("init", "m.tflite").failed(2, "exists already")


def test_earlier_project_is_replaced(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    assert shell("deploy", "m.tflite", *BOARD, "--out", "firmware").code == 0
    shell.file("m.tflite", convolutional(size=12))
    assert shell("deploy", "m.tflite", *BOARD, "--out", "firmware", "--json").json["bit_exact"] is True
    assert shell.names() == {"m.tflite", "firmware"}


def test_labelled_data_gives_accuracy(shell: Shell) -> None:
    shell.file("m.tflite", convolutional())
    rng = np.random.default_rng(0)
    np.savez(shell.folder / "d.npz", x=rng.integers(-128, 128, (6, 8, 8, 3)).astype(np.int8), y=np.zeros(6, np.int64))
    values = shell("deploy", "m.tflite", *BOARD, "--data", "d.npz", "--json").json
    assert values["inputs"] == {"count": 6, "source": "d.npz"}
    assert values["accuracy"]["int8"] == values["accuracy"]["target"] and values["accuracy"]["samples"] == 6


def test_different_bytes_end_with_1(shell: Shell) -> None:
    """A firmware that computes something else is caught: here its rendered constants are changed."""
    shell.file("m.tflite", convolutional())
    assert shell("deploy", "m.tflite", *BOARD, "--out", "firmware").code == 0
    weights = next((shell.folder / "firmware" / "lib").glob("*/src/*_weights.c"))
    text = weights.read_text()
    weights.write_text(text.replace("-", "+"))
    run = shell("validate", "firmware", "--json")
    assert run.code == 1, run.err
    assert run.json["bit_exact"] is False and run.json["bytes_differing"] > 0


@pytest.mark.parametrize("args", [("deploy", "--json"), ("boards", "--json")])
def test_closed_pipe_is_quiet(shell: Shell, args: tuple[str, ...]) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tinykit", *args]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=shell.folder, env=env)
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    assert b"Traceback" not in run.stderr.read()
    run.wait(60)
