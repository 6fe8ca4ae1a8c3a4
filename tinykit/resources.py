"""Where the data folders lie that go with the package: boards, firmware templates, models."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_path(name: str) -> Path:
    """The folder `name` ("boards", "models", "firmware_templates"): inside an installed package, else in the checkout."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
