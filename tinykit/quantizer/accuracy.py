"""What share of labelled inputs a quantised model file classifies right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinykit.graph.reader import read
from tinykit.harness.reference import NoReference, open_reference
from tinykit.samples import Data, accuracy, as_samples

Array = np.ndarray[Any, Any]


def int8_accuracy(model: Path, x: Array, y: Array) -> float | None:
    """Of the quantised file in the reference interpreter; None where there is none."""
    samples = as_samples(read(model), Data("the labelled inputs", x, y))
    try:
        outputs = open_reference(model).run(samples.inputs)
    except NoReference:
        return None
    return accuracy(samples, [first for first, *_ in outputs])
