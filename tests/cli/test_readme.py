"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Shell
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^    tinykit (.*?)\s*$", README, re.MULTILINE)


def run_python(code: str, folder: Path) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=env, timeout=300)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_first_own_model(shell: Shell) -> None:
    """The example is built and trained, deployed, and taken through every stage and the Python API."""
    own, api = PYTHON
    run_python(own, shell.folder)
    commands = [command for command in COMMANDS if "models/mcunet" not in command]
    assert len(commands) == 7
    for command in commands:
        run = shell(*shlex.split(command))
        assert run.code == 0, f"{command}\n{run.out}{run.err}"
    assert run_python(api, shell.folder).startswith("True ")


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_figures_are_left_to_the_commands() -> None:
    """Outside the tables, which the benchmarks print, no figure stands in the README."""
    text = "\n".join(line for line in README.splitlines() if not line.startswith("|"))
    assert not re.search(r"\d[\d,.]* ?(B|KiB|kB|instructions)\b|\d%", text)
