"""Which activations are int16 beside int8: those of the layers named, or as few as bring the accuracy back.

Imports TensorFlow: for the worker's process only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.quantizer.accuracy import int8_accuracy
from tinykit.quantizer.conversion import Conversion, LayersRefused, layers_of
from tinykit.quantizer.convert import AUTO, POINT
from tinykit.quantizer.losses import losses
from tinykit.quantizer.weave import weave

Array = np.ndarray[Any, Any]



def select(
    request: dict[str, Any],
    float32: bytes,
    converted: bytes,
    widened: Callable[[], bytes],
    calibration: list[Array],
    layers: list[str],
    facts: dict[str, Any],
) -> bytes:
    """The model with the activations in int16 that the request names.

    It is made of the conversions `float32`, `converted` (to int8) and `widened` (to 16x8); `layers` are those of the Keras model.
    `facts` is told what each layer loses, and which activations are int16.

    Raises LayersRefused for layers that there are not or that do not help.
    """
    narrow = Conversion(converted)
    found = losses(float32, narrow, calibration, layers)
    wanted: list[str] = request["int16_layers"]
    held: list[str] = []
    if wanted:
        wide = Conversion(widened())
        made = (t for t, op in narrow.producers.items() if narrow.is_int8(t) and narrow.kind(op) != "QUANTIZE")
        inner = (t for t in made if t not in narrow.graph.outputs)
        own = [narrow.name(t) for t in inner]
        if wanted == [AUTO]:
            ranked = [loss.activation for loss in found if loss.activation in own]
            held = _fewest(request, narrow, wide, converted, ranked, facts["accuracy_float"])
        else:
            held = _of_layers(own, wanted, layers)
    facts["losses"] = [{**loss._asdict(), "int16": loss.activation in held} for loss in found]
    return weave(narrow, wide, held) if held else converted


def _of_layers(activations: list[str], wanted: list[str], layers: list[str]) -> list[str]:
    """The activations of the layers `wanted`, by any name they have."""
    held: list[str] = []
    for layer in wanted:
        named = [name for name in activations if layer in layers_of(name, layers)]
        if not named:
            raise LayersRefused(f"it has no layer {layer} with an activation of its own that is not its output")
        held += named
    return held


def _fewest(
    request: dict[str, Any], narrow: Conversion, wide: Conversion, converted: bytes, ranked: list[str], goal: float | None
) -> list[str]:
    """As many of the activations `ranked`, the costliest first, as it takes to be within a point of the float model."""
    if goal is None:
        raise LayersRefused("layers can be chosen for models of one input and several outputs, with labelled data only")
    with np.load(request["labelled"], allow_pickle=False) as archive:
        x, y = archive["x"], archive["y"]
    scratch = Path(request["out"]).with_suffix(".tried.tflite")

    def lost(model: bytes) -> float:
        scratch.write_bytes(model)
        if (reached := int8_accuracy(scratch, x, y)) is None:
            raise LayersRefused("layers cannot be chosen where no reference can be run")
        return goal - reached

    if lost(converted) <= POINT:
        return []
    if (least := lost(weave(narrow, wide, ranked))) > POINT:
        raise LayersRefused(f"with every activation in int16 it still loses {least:.1%} against float: by its weights")
    return next(held for n in range(1, len(ranked) + 1) if lost(weave(narrow, wide, held := ranked[:n])) <= POINT)
