"""What the training scripts of the model families share: epochs with progress, early stopping, the same bytes every time.

This module needs TensorFlow; nothing else in tinykit imports it.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip archive can tell."""


def repeatable(seed: int) -> None:
    """From here on, the same TensorFlow trains the same weights. To be called before any tensor is made, and again at will.

    Seeds are fixed, layers without a name are numbered from 1 again, and sums are added in one order by one thread: how they are
    shared out among several changes the last bits.
    """
    for limit in (tf.config.threading.set_intra_op_parallelism_threads, tf.config.threading.set_inter_op_parallelism_threads):
        limit(1)
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def fit(
    network: keras.Model,
    epoch: Callable[[], Iterable[tuple[Array, Array]]],
    validate: Callable[[], dict[str, float]],
    *,
    name: str,
    epochs: int,
    patience: int,
    batch: int,
    earliest: int = 1,
) -> int:
    """Train a compiled network, a line an epoch, and leave it with the weights of its best one; returns that epoch, from 1.

    epoch: gives the next one's inputs and targets in the order to train in, in one part or several; what fills no whole batch of
    a part is left out. validate: figures on what is held out, of which `loss` decides. Training ends after `epochs`, or earlier
    when `patience` of them in a row have not lowered that loss. No epoch before the `earliest` is kept: where little is held
    out, it may prefer chance.
    """
    earliest = min(earliest, epochs)
    best, best_epoch, weights = float("inf"), 0, network.get_weights()
    for number in range(1, epochs + 1):
        losses = [
            network.train_on_batch(inputs[at : at + batch], targets[at : at + batch])
            for inputs, targets in epoch()
            for at in range(0, len(inputs) - batch + 1, batch)
        ]
        figures = validate()
        better = number >= earliest and figures["loss"] < best
        if better:
            best, best_epoch, weights = figures["loss"], number, network.get_weights()
        told = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
        mark = " *" if better else ""
        print(f"  {name}, epoch {number}/{epochs}: training loss {np.mean(losses):.4f}; held out: {told}{mark}", flush=True)
        if number - max(best_epoch, earliest) >= patience:
            print(f"  {name}: stopped, no better for {patience} epochs", flush=True)
            break
    network.set_weights(weights)
    return best_epoch


def answers(network: keras.Model, inputs: Array, batch: int = 32) -> Array:
    """What `network` answers to `inputs` [n, …]."""
    found = [network.predict_on_batch(inputs[at : at + batch]) for at in range(0, len(inputs), batch)]
    return np.concatenate(found)


def held_out_loss(labels: Array, answers: Array) -> float:
    """Cross-entropy of probabilities [n, classes] for `labels` [n], each class weighing the same."""
    losses = -np.log(answers[np.arange(len(labels)), labels] + 1e-7)
    return float(np.mean([losses[labels == label].mean() for label in np.unique(labels)]))


def save(network: keras.Model, path: Path) -> None:
    """Write `network` as a `.keras` file without optimizer, dates and memory addresses: the same weights are the same bytes."""
    written = io.BytesIO()
    scratch = path.with_suffix(".new.keras")
    keras.Model(network.inputs, network.outputs, name=network.name).save(scratch)
    with zipfile.ZipFile(scratch) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            data = old.read(member)
            if member.endswith(".json"):
                data = json.dumps(_lasting(json.loads(data), {})).encode()
            new.writestr(zipfile.ZipInfo(member, _NO_DATE), data, zipfile.ZIP_DEFLATED)
    scratch.unlink()
    path.write_bytes(written.getvalue())


def _lasting(value: Any, numbers: dict[int, int]) -> Any:
    """JSON without the date; objects that are shared are numbered as they come, and not by their addresses."""
    if isinstance(value, list):
        return [_lasting(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _lasting(item, numbers) for key, item in value.items() if key != "date_saved"}
    if "shared_object_id" in kept:
        kept["shared_object_id"] = numbers.setdefault(kept["shared_object_id"], len(numbers))
    return kept
