from __future__ import annotations

import importlib.util
import shutil

import pytest

from tests.conftest import missing


@pytest.fixture(params=["gcc", "zig"])
def compiler(request: pytest.FixtureRequest) -> str:
    """Each of the two compilers for Arm boards; skips the one that is not installed, fails in CI."""
    name: str = request.param
    there = shutil.which("arm-none-eabi-gcc") if name == "gcc" else importlib.util.find_spec("ziglang")
    if not there:
        missing(f"{name} is not installed")
    return name
