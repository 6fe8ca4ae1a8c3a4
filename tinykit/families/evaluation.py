"""What the evaluation scripts of the model families share: answers as float and as int8, the firmware's rows, differences."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykit import pipeline
from tinykit.families.metrics import paired_difference
from tinykit.features import FrontEnd
from tinykit.graph.reader import read
from tinykit.harness.reference import open_reference
from tinykit.janitor import temporary_folder
from tinykit.quantizer.convert import quantize
from tinykit.report import Report
from tinykit.samples import Data, as_samples

Array = npt.NDArray[Any]

WAYS: dict[str, Mapping[str, Any]] = {
    "whole input, fastest plan": {},
    "whole input, `--min-ram`": {"min_ram": True},
    "streamed, `--stream-input --min-ram`": {"min_ram": True, "stream_input": True},
}
"""How a model is deployed: what the cards call it, and the options of `deploy`."""


def float_guesses(weights: Path, inputs: Array, batch: int = 50) -> Array:
    """Classes [n] that the Keras model gives float32 `inputs` [n, …]."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    network = keras.saving.load_model(weights, compile=False, safe_mode=True)
    guesses: Array = np.asarray(network.predict(inputs, batch_size=batch, verbose=0)).argmax(1)
    return guesses


def int8_guesses(model: Path, inputs: Array) -> Array:
    """Classes [n] that the quantised model file gives float32 `inputs` [n, …], in the reference interpreter."""
    samples = as_samples(read(model), Data("the inputs", inputs))
    return np.array([int(answer.argmax()) for answer, *_ in open_reference(model).run(samples.inputs)])


def int8_outputs(network: Any, frontend: FrontEnd, calibration: Array, values: Array) -> Array:
    """Outputs int8 [n, classes] of the Keras `network`, quantised with the recordings `calibration`, for int8 `values` [n, …].

    frontend: what makes its inputs of recordings.
    """
    from tinykit.families.fitting import save

    shape = (-1, *network.input_shape[1:])
    inputs = frontend.real(calibration).reshape(shape)
    inputs[0].flat[:2] = frontend.ends
    with temporary_folder() as folder:
        save(network, folder / "network.keras")
        np.savez(folder / "calibration.npz", x=inputs)
        quantised = quantize(folder / "network.keras", folder / "calibration.npz").path
    outputs = open_reference(quantised).run([[value[None]] for value in values.reshape(shape)])
    return np.array([answer.reshape(-1) for answer, *_ in outputs])


def difference(labels: Array, before: Array, after: Array, groups: Array | None = None) -> str:
    """Balanced accuracy of the guesses `after` less that of `before`, in points, with its 95 % interval."""
    points, low, high = (100 * figure for figure in paired_difference(labels, before, after, groups))
    return f"{points:+.2f} points (95 %: {low:+.2f} to {high:+.2f})"


def deployed(
    model: str | Path, board: str, folder: Path, ways: Mapping[str, Mapping[str, Any]] = WAYS
) -> Iterator[tuple[str, Report]]:
    """A report of the model's own samples in the firmware on `board` for each way; projects go to `folder`."""
    for name, options in ways.items():
        yield name, pipeline.deploy(model, board=board, out=folder / "net", **options)


def figures(report: Report) -> str:
    """What a report has for a card: accuracies, bytes that differ, arena, instructions."""
    accuracy, sram, instructions = report.accuracy, report.sram, report.instructions
    assert accuracy is not None and sram is not None and instructions is not None
    return (
        f"float {accuracy.float32:.1%}, int8 {accuracy.int8:.1%}, firmware {accuracy.target:.1%} of {accuracy.samples}; "
        f"{report.bytes_differing} of {report.bytes_compared} bytes differ; "
        f"arena {sram.arena:,} B, {instructions.measured:,} instructions"
    )
