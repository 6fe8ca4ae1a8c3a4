"""The one place where TensorFlow runs: `python -m tinykit.quantizer.worker REQUEST.json`, in a process of its own.

The request names the Keras model, an `.npz` with calibration inputs (or images and their scale), the type of the activations,
perhaps layers whose activations are int16 beside int8, whether to say what each layer loses, and where the results go; the
last line on standard error says what went wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.samples import suits

Array = np.ndarray[Any, Any]
Shapes = dict[str, tuple[int, ...]]
"""Of each input by its name, batch first."""

BAD_MODEL = 2
CANNOT_CONVERT = 4
BAD_LAYERS = 5
BAD_DATA = 6


def main(request_file: str) -> int:
    """Convert as the request says; returns the exit code: 2 when Keras cannot use the model, 4 when it cannot be converted, 5
    when layers cannot be told apart or be int16, 6 when the calibration data do not suit the model."""
    request: dict[str, Any] = json.loads(Path(request_file).read_text(encoding="utf-8"))
    import keras
    import tensorflow as tf

    try:
        model = keras.saving.load_model(request["model"], compile=False, safe_mode=True)
        inputs = list(model.inputs or ())
    except Exception as error:
        print(f"Keras cannot load it safely: {_sentence(error)}", file=sys.stderr)
        return BAD_MODEL
    if not inputs or any(None in tensor.shape[1:] for tensor in inputs):
        print("a model's inputs must have fixed shapes", file=sys.stderr)
        return BAD_MODEL
    shapes = {tensor.name: (1, *tensor.shape[1:]) for tensor in inputs}
    try:
        calibration = _calibration(request, shapes, tf)
    except ValueError as error:
        print(_sentence(error), file=sys.stderr)
        return BAD_DATA
    for layer in model._flatten_layers():
        if hasattr(layer, "unroll"):
            layer.unroll = True  # the converter's calibration cannot look into a loop over time steps
    facts: dict[str, Any] = {"accuracy_float": _float_accuracy(model, shapes, request, tf)}
    try:
        frozen = _frozen(model, shapes, tf)
        converted = _convert(frozen, calibration, request["activations"], tf)
        if request["losses"] or request["int16_layers"]:
            from tinykit.quantizer.conversion import LayersRefused
            from tinykit.quantizer.selection import select

            try:
                float32 = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
                wide = lambda: _convert(frozen, calibration, "int16", tf)  # noqa: E731
                layers = [layer.name for layer in model._flatten_layers()]
                converted = select(request, float32, converted, wide, calibration, layers, facts)
            except LayersRefused as error:
                print(_sentence(error), file=sys.stderr)
                return BAD_LAYERS
    except Exception as error:
        print(_sentence(error), file=sys.stderr)
        return CANNOT_CONVERT
    Path(request["out"]).write_bytes(converted)
    Path(request["facts"]).write_text(json.dumps(facts), encoding="utf-8")
    return 0


def _float_accuracy(model: Any, shapes: Shapes, request: dict[str, Any], tf: Any) -> float | None:
    """Of the first output; None without labels that could be compared."""
    if not (labelled := request.get("labelled")):
        return None
    with np.load(labelled, allow_pickle=False) as archive:
        x, y = archive["x"], archive["y"].reshape(-1)
    shape = next(iter(shapes.values()))
    if len(shapes) != 1 or not suits(x.shape[1:], shape):
        return None
    outputs, *_ = tf.nest.flatten(model.predict(x.reshape(-1, *shape[1:]), batch_size=50, verbose=0))
    if outputs[0].size == 1:
        return None  # no output is the largest of one
    return float(np.mean(outputs.reshape(len(outputs), -1).argmax(1) == y))


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


def _calibration(request: dict[str, Any], shapes: Shapes, tf: Any) -> list[Array]:
    """Calibration inputs, float32 [n, …] for each input; images have values 0 to 255 times the request's scale.

    Raises ValueError where the data do not suit the inputs.
    """
    if files := request.get("images"):
        if len(shapes) != 1 or len(next(iter(shapes.values()))) != 4:
            raise ValueError("a folder of images serves models with one input, an image")
        (shape,) = shapes.values()
        factor, offset = request["scale"]
        images = np.stack([_image(Path(file), shape, tf) for file in files]).astype(np.float32)
        return [images * np.float32(factor) + np.float32(offset)]
    with np.load(request["calibration"], allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    found = []
    for number, (name, shape) in enumerate(shapes.items()):
        values = arrays.get("x") if len(shapes) == 1 else arrays.get(name, arrays.get(f"x{number}"))
        if values is None:
            wanted = "x" if len(shapes) == 1 else ", ".join(shapes)
            raise ValueError(f"the calibration data hold {', '.join(arrays)}, the model's inputs are {wanted}")
        if not suits(values.shape[1:], shape):
            raise ValueError(f"calibration data of shape {list(values.shape)} do not suit input '{name}' of shape {list(shape)}")
        found.append(values.astype(np.float32).reshape(-1, *shape[1:]))
    if len({len(values) for values in found}) != 1:
        raise ValueError("the calibration data hold more samples of one input than of another")
    return found


def _image(path: Path, shape: tuple[int, ...], tf: Any) -> Array:
    """An image file in the size and with the channels of the input `shape`, values 0 to 255."""
    try:
        pixels = tf.io.decode_image(path.read_bytes(), channels=shape[-1], expand_animations=False)
        image: Array = tf.image.resize(pixels, shape[1:3]).numpy()
    except (OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).rpartition("}} ")[2]  # without the name of TensorFlow's own function
        raise ValueError(f"{path.name} is not an image of {shape[-1]} channels that TensorFlow reads: {reason}") from None
    return image


def _frozen(model: Any, shapes: Shapes, tf: Any) -> Any:
    """The model as one function of its inputs, its variables constants in it."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    one = len(shapes) == 1
    function = tf.function(lambda *x: model(x[0] if one else list(x), training=False))
    specs = [tf.TensorSpec(shape, tf.float32, name="input" if one else name) for name, shape in shapes.items()]
    return convert_variables_to_constants_v2(function.get_concrete_function(*specs))


def _convert(frozen: Any, calibration: list[Array], activations: str, tf: Any) -> bytes:
    """Full-integer: inputs, outputs and activations of one type, int8 weights per channel."""
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])

    def representative() -> Iterator[list[np.ndarray[Any, Any]]]:
        for sample in zip(*calibration, strict=True):
            yield [value[None] for value in sample]

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    wide = activations == "int16"
    ops = tf.lite.OpsSet
    converter.target_spec.supported_ops = [
        ops.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 if wide else ops.TFLITE_BUILTINS_INT8
    ]
    converter.inference_input_type = converter.inference_output_type = tf.int16 if wide else tf.int8
    converted: bytes = converter.convert()
    return converted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
