"""The one place where TensorFlow runs: `python -m tinykit.quantizer.worker REQUEST.json`, in a process of its own.

The request names the Keras model, an `.npz` with calibration inputs `x` (or a folder of images), and where the results
go; the last line on standard error says what went wrong.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

BAD_MODEL = 2
CANNOT_CONVERT = 4


def main(request_file: str) -> int:
    """Convert as the request says; returns the exit code: 2 when Keras cannot use the model, 4 when it cannot be converted."""
    request: dict[str, Any] = json.loads(Path(request_file).read_text(encoding="utf-8"))
    import keras
    import tensorflow as tf

    try:
        model = keras.saving.load_model(request["model"], compile=False, safe_mode=True)
    except Exception as error:
        print(f"Keras cannot load it safely: {_sentence(error)}", file=sys.stderr)
        return BAD_MODEL
    if len(model.inputs) != 1 or None in model.inputs[0].shape[1:]:
        print("a model must have one input of a fixed shape", file=sys.stderr)
        return BAD_MODEL
    shape = (1, *model.inputs[0].shape[1:])
    calibration = _calibration(request, shape, tf)
    for layer in model._flatten_layers():
        if hasattr(layer, "unroll"):
            layer.unroll = True  # the converter's calibration cannot look into a loop over time steps
    try:
        converted = _convert(model, shape, calibration, tf)
    except Exception as error:
        print(_sentence(error), file=sys.stderr)
        return CANNOT_CONVERT
    Path(request["out"]).write_bytes(converted)
    facts: dict[str, Any] = {"accuracy_float": None}
    if labelled := request.get("labelled"):
        with np.load(labelled, allow_pickle=False) as archive:
            x, y = archive["x"], archive["y"].reshape(-1)
        if x.size == len(x) * math.prod(shape):
            outputs = model.predict(x.reshape(-1, *shape[1:]), batch_size=50, verbose=0)
            facts["accuracy_float"] = float(np.mean(outputs.reshape(len(outputs), -1).argmax(1) == y))
    Path(request["facts"]).write_text(json.dumps(facts), encoding="utf-8")
    return 0


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


def _calibration(request: dict[str, Any], shape: tuple[int, ...], tf: Any) -> np.ndarray[Any, Any]:
    """Calibration inputs, float32 [n, *shape[1:]]; images keep their values 0 to 255."""
    if folder := request.get("images"):
        files = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp"))
        images = [
            tf.image.resize(
                tf.io.decode_image(p.read_bytes(), channels=shape[-1], expand_animations=False), shape[1:3]
            ).numpy()
            for p in files[:500]
        ]
        return np.stack(images).astype(np.float32)
    with np.load(request["calibration"], allow_pickle=False) as archive:
        values: np.ndarray[Any, Any] = archive["x"].astype(np.float32)
    return values.reshape(-1, *shape[1:])


def _convert(model: Any, shape: tuple[int, ...], calibration: np.ndarray[Any, Any], tf: Any) -> bytes:
    """Full-integer INT8: int8 in, int8 out, weights per channel."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda x: model(x, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="input"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(concrete)])

    def representative() -> Iterator[list[np.ndarray[Any, Any]]]:
        for sample in calibration:
            yield [sample[None]]

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converted: bytes = converter.convert()
    return converted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
