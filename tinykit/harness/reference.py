"""The reference outputs: what TFLite computes from the original file, in the interpreter that runs on microcontrollers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tinykit.errors import ToolError

Array = np.ndarray[Any, Any]


class NoReference(ToolError):
    """No interpreter can run the model here: nothing can be called bit-exact."""


class Reference(Protocol):
    """An interpreter on one model file."""

    name: str
    """Which interpreter, in which version."""

    def run(self, samples: Sequence[Sequence[Array]]) -> Iterator[list[Array]]:
        """One after the other, each sample's outputs in the file's order and types.

        A sample holds one array for each of the file's inputs. Variables have their first values before the first.

        Raises NoReference where the interpreter fails.
        """


def open_reference(model: Path) -> Reference:
    """`tflite_micro`; where it lacks kernels, it with TensorFlow's reference kernels for those; where it is missing, they
    alone if they compute the same bytes.

    Raises NoReference where none of these can be had.
    """
    from tinykit.harness.piecewise_reference import PiecewiseReference
    from tinykit.harness.tensorflow_reference import TensorFlowReference
    from tinykit.harness.tflite_micro_reference import TfliteMicroReference

    refusals: list[NoReference] = []
    for reference in (TfliteMicroReference, PiecewiseReference, TensorFlowReference):
        try:
            opened: Reference = reference(model)
            return opened
        except NoReference as refusal:
            refusals.append(refusal)
    reasons = dict.fromkeys(refusal.message for refusal in refusals)
    raise NoReference("; ".join(reasons), hint=refusals[0].hint)
