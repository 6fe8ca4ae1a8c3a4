"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.support.models import convolutional
from tinykit.boards import load_board

PLUGIN = ("-p", "tinykit.pytest_plugin", "-p", "no:xdist", "-p", "no:cacheprovider")

ON_BOARDS = """
    import numpy as np
    import pytest

    def test_bytes(dut):
        dut.assert_bit_exact(n=3)

    def test_reference(dut, golden):
        x = np.full(dut.info.inputs[0].shape, 7, np.int8)
        assert np.array_equal(dut.run(x), golden(x))
        assert golden.name.startswith("tflite_micro")

    def test_limits(dut):
        dut.assert_under(instructions=10_000_000, sram="64k", stack=2000, flash="64k")
        with pytest.raises(AssertionError, match="stack .* over 1"):
            dut.assert_under(stack=1)
        with pytest.raises(Exception, match="tells no cycles"):
            dut.assert_under(cycles=1)

    def test_a_wrong_byte(dut, monkeypatch):
        import tinykit.harness.validate as validation
        class Wrong:
            name = "a wrong reference"
            def run(self, inputs):
                for _ in inputs:
                    yield [np.full((1, 5), 100, np.int8)]
        monkeypatch.setattr(validation, "open_reference", lambda model: Wrong())
        dut.assert_bit_exact(n=2)
"""


@pytest.fixture(autouse=True)
def this_tinykit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs are processes of their own: what they import cannot be taken back and imported again."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def with_model(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "net.tflite").write_bytes(convolutional())
    return pytester


def test_several_boards_in_one_run(with_model: pytest.Pytester) -> None:
    with_model.makepyfile(ON_BOARDS)
    boards = ("--board", "stm32f746,emu_m4", "--target", "emulator", "--model=net.tflite")
    run = with_model.runpytest_subprocess(*PLUGIN, *boards, "--junit-xml=out.xml", "-v")
    run.assert_outcomes(passed=6, failed=2)
    run.stdout.fnmatch_lines(
        [
            "*test_bytes[[]stm32f746-emulator] PASSED*",
            "*test_bytes[[]emu_m4-emulator] PASSED*",
            "*of 10 output bytes differ from a wrong*",
        ]
    )
    cases = {case.get("name"): case for case in ElementTree.parse(with_model.path / "out.xml").iter("testcase")}
    found = {p.get("name"): p.get("value") for p in cases["test_limits[stm32f746-emulator]"].iter("property")}
    assert (found["board"], found["target"]) == (load_board("stm32f746").id, "emulator")
    assert all(int(str(found[name])) > 0 for name in ("instructions", "sram", "arena", "stack", "flash"))
    found = {p.get("name"): p.get("value") for p in cases["test_bytes[emu_m4-emulator]"].iter("property")}
    assert (found["bytes_compared"], found["bytes_differing"]) == ("15", "0")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "*no board was named: pytest --board stm32f746*"),
        pytest.param(("--board", "stm32f764"), "*did you mean stm32f746*", marks=pytest.mark.slow),
        pytest.param(("--board", "stm32f746", "--target", "toaster"), "* has no target 'toaster'*", marks=pytest.mark.slow),
        pytest.param(("--board", "stm32f746"), "*no model was named: pytest --model MODEL*", marks=pytest.mark.slow),
        (("--board", "stm32f746", "--model", "none.tflite"), "*none.tflite: there is no such file*"),
    ],
)
def test_what_is_missing_is_said(pytester: pytest.Pytester, options: tuple[str, ...], words: str) -> None:
    pytester.makepyfile("def test_it(dut): pass")
    run = pytester.runpytest_subprocess(*PLUGIN, *options)
    assert run.ret != 0
    run.stdout.fnmatch_lines([words])
    run.stdout.no_fnmatch_line("*tinykit/*.py:*")  # the sentence, not the way that led there


@pytest.mark.slow
def test_settings_stand_in_files(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntinykit_model = models/a.tflite\ntinykit_boards = emu_m4 emu_m0\n")
    (pytester.mkdir("models") / "a.tflite").touch()
    pytester.makepyfile(
        "def test_it(model, request): assert model == request.config.rootpath / 'models/a.tflite'\n"
        "def test_places(tinykit_place): assert tinykit_place[1] == 'emulator'"
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=3)


@pytest.mark.slow
def test_the_example_passes(pytester: pytest.Pytester, tool: Callable[[str], str]) -> None:
    tool("qemu-system-arm")
    shutil.copytree(ROOT / "examples" / "ci", pytester.path, dirs_exist_ok=True)
    workflow = (pytester.path / ".github" / "workflows" / "boards.yml").read_text()
    command = re.findall(r"- run: pytest (.*)", workflow)
    run = pytester.runpytest_subprocess(*PLUGIN, *command)
    run.assert_outcomes(passed=8)
    assert (pytester.path / "report.xml").exists()


def test_the_examples_workflow_says_where_tinykit_comes_from() -> None:
    """By its name alone the package index would give another project."""
    workflow = (ROOT / "examples" / "ci" / ".github" / "workflows" / "boards.yml").read_text()
    assert re.findall("pip install (.*)", workflow) == ['"tinykit[pytest] @ ${{ vars.TINYKIT }}"']


def test_options_of_the_same_name_are_left_to_others(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "def pytest_addoption(parser):\n    parser.addoption('--board', type=int)\n    parser.addoption('--target')\n"
    )
    pytester.makepyfile("def test_it(pytestconfig): assert (pytestconfig.option.board, pytestconfig.option.target) == (5, 'x')")
    pytester.runpytest_subprocess(*PLUGIN, "--board", "5", "--target=x").assert_outcomes(passed=1)


def test_a_fixture_called_dut_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.fixture\ndef dut(): return 'mine'\ndef test_it(dut): assert dut == 'mine'\ndef test_other(): pass"
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=2)


def test_loading_the_plugin_loads_nothing_else() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import tinykit.pytest_plugin; print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert set(run.stdout.split()) <= {"tinykit", "tinykit.errors", "tinykit.version", "tinykit.pytest_plugin"}


def test_the_package_declares_the_plugin() -> None:
    assert (
        '[project.entry-points.pytest11]\n"tinykit.pytest_plugin" = "tinykit.pytest_plugin"'
        in (ROOT / "pyproject.toml").read_text()
    )
