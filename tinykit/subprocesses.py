"""What our own helper processes get."""

from __future__ import annotations

import os
from pathlib import Path


def tensorflow_environment() -> dict[str, str]:
    """The environment for a Python process of ours that imports TensorFlow: this very tinykit, no GPU, no chatter."""
    package = str(Path(__file__).resolve().parents[1])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "",
    }
