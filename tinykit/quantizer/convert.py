"""Keras → int8 `.tflite`: the request to the TensorFlow process, and the cache in front of it."""

from __future__ import annotations

import importlib.metadata
import json
import signal
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinykit import janitor
from tinykit.cache import atomic_write, cache_dir, content_key
from tinykit.errors import InputError, ToolError
from tinykit.families import Family, open_family
from tinykit.quantizer.accuracy import int8_accuracy
from tinykit.quantizer.preprocess import SCALES
from tinykit.quantizer.worker import BAD_DATA, BAD_LAYERS, BAD_MODEL
from tinykit.subprocesses import tensorflow_environment

Array = np.ndarray[Any, Any]

ACTIVATIONS = ("int8", "int16")
AUTO = "auto"
POINT = 0.01
"""Accuracy that int8 may lose against float before layers are made int16."""
_RECIPE = "3"
"""Part of the cache key: raise it when the conversion changes."""
_IMAGES = (".png", ".jpg", ".jpeg", ".bmp")
_MOST_IMAGES = 500
_DATA_HINT = "give --calibration DATA: an .npz with x, an .npy, or a folder of images, like the model's training inputs"


@dataclass(frozen=True)
class Quantized:
    """An int8 model file. Accuracies are fractions over `samples` labelled inputs, None without any."""

    path: Path
    source: Path
    accuracy_float: float | None
    accuracy_int8: float | None
    samples: int
    cached: bool
    losses: tuple[dict[str, Any], ...] = ()
    """What each activation loses by int8, as `tinykit.quantizer.losses.Loss` has it, and whether it is `int16`; empty where
    nobody asked."""


def quantize(
    model: Path | Family,
    calibration: Path | None = None,
    *,
    labelled: tuple[Array, Array] | None = None,
    out: Path | None = None,
    activations: str = "int8",
    losses: bool = False,
    int16_layers: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Quantized:
    """Quantise a model family, or its folder, or a `.keras` or `.h5` file with `calibration` data: weights to int8, inputs,
    outputs and activations to `activations`, int8 or int16.

    `calibration` holds `x`; of a model with several inputs an array for each, by their names or as `x0`, `x1` …

    `labelled` are float32 inputs [n, …] and their labels [n] to measure the accuracy on, before and after; a family brings
    its own. `losses`: find what each layer loses by int8. `int16_layers`: layers whose activations are int16 all the same, or
    `auto` for as few as it takes to be within a point of the float model on `labelled`. The same inputs give the same
    bytes; the result is kept in the cache and copied to `out` if given.
    Raises InputError for a model or data that cannot be used, ToolError when TensorFlow fails.
    """
    if activations not in ACTIVATIONS:
        raise InputError(f"activations cannot be {activations}", hint=f"they are one of {', '.join(ACTIVATIONS)}")
    if activations != "int8" and (losses or int16_layers):
        raise InputError("layers are compared and chosen beside int8", hint="leave --activations out")
    family = model if isinstance(model, Family) else open_family(model) if model.is_dir() else None
    source = family.weights if family else Path(str(model))
    weights = _bytes(source)
    with janitor.temporary_folder() as folder:
        request: dict[str, Any] = {
            "model": str(source.resolve()),
            "activations": activations,
            "losses": losses,
            "int16_layers": list(int16_layers),
        }
        if labelled is None and family:
            labelled = family.evaluation()
        if calibration is not None and calibration.is_dir():
            images = _images(calibration)
            request["images"] = [str(file.absolute()) for file in images]
            request["scale"] = SCALES[family.preprocess.scale if family else "x"]
            key = content_key(str(request["scale"]), *map(_bytes, images))
        else:
            arrays = {name: values.astype(np.float32) for name, values in _calibration(family, calibration).items()}
            parts = ((name, str(v.shape), np.ascontiguousarray(v).tobytes()) for name, v in arrays.items())
            key = content_key(*(part for array in parts for part in array))
            request["calibration"] = _save(folder / "calibration.npz", **arrays)
        if labelled:
            request["labelled"] = _save(folder / "labelled.npz", x=labelled[0], y=labelled[1])
            key = content_key(key, labelled[0].tobytes(), labelled[1].tobytes())
        key = content_key(_RECIPE, weights, key, activations, str(losses), *int16_layers, _tensorflow())
        kind = "mixed" if int16_layers else activations
        kept = cache_dir() / "quantized" / key / f"{family.file_name if family else source.stem}.{kind}.tflite"
        facts_file = kept.with_name("facts.json")
        cached = kept.is_file() and facts_file.is_file()
        if not cached:
            if progress:
                progress("converting with TensorFlow")
            _work(request, source, calibration, folder, kept, facts_file)
    facts = json.loads(facts_file.read_text(encoding="utf-8"))
    path = kept
    if out is not None:
        atomic_write(out, kept.read_bytes())
        path = out
    return Quantized(
        path,
        source,
        facts.get("accuracy_float"),
        int8_accuracy(path, *labelled) if labelled else None,
        len(labelled[1]) if labelled else 0,
        cached,
        tuple(facts.get("losses", ())),
    )


def _tensorflow() -> str:
    for package in ("tensorflow-cpu", "tensorflow"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise ToolError("TensorFlow is not installed: Keras models cannot be quantised", hint="pip install tensorflow-cpu")


def _calibration(family: Family | None, path: Path | None) -> dict[str, Array]:
    """`x`, or the arrays of a file that has no `x`."""
    if path is None:
        if family is None:
            raise InputError("quantising needs sample inputs to find the ranges of the tensors", hint=_DATA_HINT)
        inputs = family.calibration()
        return {"x": inputs if family.frontend is None else _both_ends(inputs, family.frontend.ends)}
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays: dict[str, Array] = {"x": loaded} if isinstance(loaded, np.ndarray) else _named(loaded)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", hint=_DATA_HINT) from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, MemoryError) as error:
        raise InputError(f"{path}: not readable as calibration data: {error}", hint=_DATA_HINT) from None
    for name, values in arrays.items():
        if values.ndim < 2 or len(values) == 0 or values.dtype.kind not in "fiu":
            raise InputError(f"{path}: {name} must hold sample inputs, one after the other", hint=_DATA_HINT)
        if not np.isfinite(values).all():
            raise InputError(f"{path}: {name} holds values that are not finite", hint=_DATA_HINT)
    images = family is not None and "x" in arrays and arrays["x"].dtype.kind == "u"
    return {"x": family.preprocess.apply(arrays["x"])} if family and images else arrays


def _named(archive: Mapping[str, Array]) -> dict[str, Array]:
    return {"x": archive["x"]} if "x" in archive or not archive else {name: archive[name] for name in archive}


def _both_ends(values: Array, ends: tuple[float, float]) -> Array:
    """Inputs with both `ends` of the range in them, so that the input is quantised as a front end gives it."""
    values = values.copy()
    values[0].flat[:2] = ends
    return values


def _images(folder: Path) -> list[Path]:
    """The images in `folder`; of very many some that are evenly spread, as they may lie sorted by class."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _IMAGES and p.is_file())
    if not files:
        raise InputError(f"{folder}: no {', '.join(_IMAGES)} images in it", hint=_DATA_HINT)
    count = min(len(files), _MOST_IMAGES)
    return [files[n * len(files) // count] for n in range(count)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def _save(path: Path, **arrays: Array) -> str:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return str(path)


def _work(
    request: dict[str, Any], source: Path, calibration: Path | None, folder: Path, kept: Path, facts_file: Path
) -> None:
    out, facts = folder / "model.tflite", folder / "facts.json"
    request_file = folder / "request.json"
    request_file.write_text(json.dumps({**request, "out": str(out), "facts": str(facts)}), encoding="utf-8")
    command = [sys.executable, "-m", "tinykit.quantizer.worker", str(request_file)]
    run = janitor.run(command, env=tensorflow_environment())
    last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1][:400]
    if run.returncode == BAD_MODEL:
        raise InputError(f"{source}: {last}", hint="build it from Keras's own layers and save it as NAME.keras")
    if run.returncode == BAD_DATA:
        raise InputError(f"{calibration or source}: {last}", hint=_DATA_HINT)
    if run.returncode == BAD_LAYERS:
        raise InputError(f"{source}: {last}", hint="tinykit quantize MODEL --layers lists the layers and what each loses")
    if run.returncode < 0:
        last = f"it crashed ({signal.Signals(-run.returncode).name})"
    if run.returncode or not out.is_file():
        raise ToolError(
            f"TensorFlow could not convert {source.name}: {last}", hint="the command was: " + " ".join(command)
        )
    atomic_write(facts_file, facts.read_bytes())
    atomic_write(kept, out.read_bytes())
