from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.fake_board import FakeBoard, build


@pytest.fixture(scope="session")
def harness_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness in C, for this computer."""
    return build(tmp_path_factory.mktemp("harness"))


@pytest.fixture
def board(harness_library: Path) -> FakeBoard:
    """A board that runs the harness over a perfect line."""
    return FakeBoard(harness_library)
