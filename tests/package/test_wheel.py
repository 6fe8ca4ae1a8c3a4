"""The wheel carries everything: installed somewhere else, it deploys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.models import convolutional


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command without anything of the checkout in its environment."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, cwd=cwd, env={**clean, **env}, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, ROOT, cwd=out
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `tinykit` program in an environment of its own; the dependencies are those already installed here."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True, symlinks=True)
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    python = Path(paths["scripts"]) / "python"
    done = run(python, "-m", "pip", "install", "--no-deps", "--quiet", wheel, cwd=home)
    assert done.returncode == 0, done.stderr
    borrowed = Path(paths["purelib"]) / "borrowed.pth"
    borrowed.write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return Path(paths["scripts"]) / "tinykit"


def test_wheel_holds_no_rubbish(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("_data/boards/disco_f746ng.json") for name in names)
    assert any("_data/firmware_templates/kernels/" in name for name in names)
    assert any("_data/models/mcunet/" in name for name in names)
    assert not [name for name in names if "__pycache__" in name or ".pio" in name or name.startswith("tests/")]


def test_installed_code_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    where = run(installed.with_name("python"), "-c", "import tinykit; print(tinykit.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where.stdout and "site-packages" in where.stdout


def test_installed_deploys_a_tflite(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(convolutional())
    done = run(installed, "deploy", "m.tflite", "--board", "stm32f746", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["bit_exact"] is True


@pytest.mark.parametrize(
    "model", [pytest.param([], marks=pytest.mark.slow), ["mcunet:small"]], ids=["the default", "a variant"]
)
def test_installed_deploys_the_demo(model: list[str], installed: Path, tmp_path: Path) -> None:
    """The command of the README, with an empty cache: the family, its weights and its samples come along."""
    done = run(
        installed, "deploy", *model, "--board", "stm32f746", "--json", cwd=tmp_path, TINYKIT_CACHE=str(tmp_path / "cache")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    values = json.loads(done.stdout)
    assert values["bit_exact"] is True and values["inputs"]["source"] == "family"
    assert values["accuracy"]["target"] == values["accuracy"]["int8"]
