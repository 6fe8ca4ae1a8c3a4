"""What all tests share: where the real models and data lie, and what to do where a tool is missing.

On a developer's machine a test that lacks its tool skips; with CI set it fails, so that no missing tool goes unseen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]

# How long an example takes says how busy the computer is.
hypothesis.settings.register_profile("tinykit", deadline=None)
hypothesis.settings.load_profile("tinykit")

SHARED_MODELS = (
    "ad_autoencoder_int8",
    "hello_world_int8",
    "ic_resnet8_int8",
    "kws_dscnn_int8",
    "mcunet_vww_int8io",
    "mcunet_vww_tinyengine",
    "micro_speech_int8",
    "person_detect_int8",
    "sww_streaming_int8",
    "vww_mobilenet025_96_int8",
)


def missing(what: str) -> None:
    """Skip the test for want of `what`; fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (with CI set this is a failure)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """`tool("qemu-system-arm")` is its path; skips where it is not installed, fails in CI."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"{name} is not installed")
        return str(path)

    return find


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public models and data beside the checkout; skips where there is none: it is not part of the project."""
    path = Path(os.environ.get("TINYKIT_SHARED", ROOT.parent / "shared"))
    if not (path / "models").is_dir():
        pytest.skip("no public models: put them in ../shared, or name their folder in TINYKIT_SHARED")
    return path


@pytest.fixture(scope="session")
def shared_models(shared: Path) -> Path:
    """The folder of public `.tflite` files."""
    return shared / "models"


@pytest.fixture(params=SHARED_MODELS)
def shared_model(request: pytest.FixtureRequest, shared_models: Path) -> Path:
    """Each of the ten public `.tflite` files in turn."""
    return shared_models / f"{request.param}.tflite"
