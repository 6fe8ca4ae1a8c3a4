"""tinykit: from a Keras model or a quantised `.tflite` to a validated firmware on a microcontroller.

    import tinykit

    report = tinykit.deploy("model.tflite", board="stm32f746")      # everything; report.bit_exact says how it went

    graph = tinykit.load("model.tflite")                            # or step by step
    plan = tinykit.plan(graph, "stm32f746", sram=64 * 1024)
    project = tinykit.render(graph, plan, "firmware", model_file="model.tflite")
    firmware = tinykit.build(project)
    report = tinykit.validate(project, target="emulator")

Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tinykit.errors import DoesNotFit, InputError, TinykitError, ToolError
from tinykit.version import VERSION as __version__

if TYPE_CHECKING:
    from tinykit.api import build, load, plan, quantize, render
    from tinykit.boards import Board, load_board
    from tinykit.pipeline import deploy, validate
    from tinykit.report import Report

_HOMES = {
    "Board": "tinykit.boards",
    "Report": "tinykit.report",
    "build": "tinykit.api",
    "deploy": "tinykit.pipeline",
    "load": "tinykit.api",
    "load_board": "tinykit.boards",
    "plan": "tinykit.api",
    "quantize": "tinykit.api",
    "render": "tinykit.api",
    "validate": "tinykit.pipeline",
}

__all__ = [
    "Board",
    "DoesNotFit",
    "InputError",
    "Report",
    "TinykitError",
    "ToolError",
    "__version__",
    "build",
    "deploy",
    "load",
    "load_board",
    "plan",
    "quantize",
    "render",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tinykit' has no attribute {name!r}")
