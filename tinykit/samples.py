"""Inputs to validate on: from a file, from a model family, or random."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Graph, Port

Array = np.ndarray[Any, Any]

RANDOM = "random"
FAMILY = "family"
_SEED = 20
_HINT = "an .npz with x and perhaps labels y, an .npy, or a folder of .bin files; one sample after the other"
_SEVERAL = "an .npz with an array for each input, by their names or as x0, x1 …"


@dataclass(frozen=True, eq=False)
class Samples:
    """`inputs[n]` holds one array for each input of the model, in the dtype and shape its caller gives.

    `labels` is int64 [n] or None; `source` is `random`, `family` or a path.
    """

    inputs: tuple[tuple[Array, ...], ...]
    labels: Array | None
    source: str
    recordings: tuple[tuple[Array, ...], ...] | None = None
    """What a firmware with a front end is given instead, int16 [1, samples] each."""


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs as they were stored: an array `x` [n, …] with perhaps labels `y` [n], or one file a sample.

    `arrays` holds one array [n, …] for each input of a model with several, by their names or as `x0`, `x1` ….
    """

    source: str
    x: Array | None = None
    y: Array | None = None
    files: tuple[Path, ...] = ()
    arrays: Mapping[str, Array] = field(default_factory=dict)
    recordings: Array | None = None
    """int16 [n, samples], where `x` is what a front end made of them."""


def random_samples(graph: Graph, count: int = 10) -> Samples:
    """`count` seeded random inputs, the same every time: every int8 value, or floats over what the input can hold."""
    generator = np.random.default_rng(_SEED)
    inputs = tuple(tuple(_random(graph, port, generator) for port in graph.inputs) for _ in range(count))
    return Samples(inputs, None, RANDOM)


def random_recordings(samples: int, count: int = 3) -> Array:
    """`count` seeded random recordings int16 [count, samples]: noise of rising loudness, the last one beyond full scale."""
    generator = np.random.default_rng(_SEED)
    noise = generator.standard_normal((count, samples)) * np.geomspace(10, 30000, count)[:, None]
    recordings: Array = np.clip(noise, -32768, 32767).astype(np.int16)
    return recordings


def read_data(path: Path) -> Data:
    """Read a data file, or the `.bin` files of a folder. Raises InputError saying what is wrong with it."""
    if path.is_dir():
        return Data(str(path), files=_files(path))
    if path.suffix not in (".npz", ".npy"):
        raise InputError(f"{path}: not a kind of data tinykit reads", hint=_HINT)
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = {"x": loaded} if isinstance(loaded, np.ndarray) else _arrays(loaded)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", hint=_HINT) from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, MemoryError) as error:
        raise InputError(f"{path}: not a readable {path.suffix} file: {error}", hint=_HINT) from None
    y = arrays.pop("y", None)
    if not arrays:
        raise InputError(f"{path}: no array named x", hint=_HINT)
    for name, values in arrays.items():
        if values.ndim < 1 or len(values) == 0:
            raise InputError(f"{path}: {name} holds no samples", hint=_HINT)
    (first, values), *others = arrays.items()
    if other := next((name for name, array in others if len(array) != len(values)), None):
        raise InputError(f"{path}: {first} and {other} differ in how many samples they hold", hint=_HINT)
    if y is not None and (y.size != len(values) or y.dtype.kind not in "iub"):
        raise InputError(f"{path}: y must hold one whole number for each of the {len(values)} samples in {first}")
    x = arrays.get("x")
    return Data(str(path), x, y, arrays={} if x is not None else arrays)


def _arrays(archive: Mapping[str, Array]) -> dict[str, Array]:
    """`x` and `y`, whatever else there is; without `x` all."""
    return {name: archive[name] for name in archive if "x" not in archive or name in "xy"}


def as_samples(graph: Graph, data: Data) -> Samples:
    """`data` as inputs of `graph`; real values are quantised where the model takes integers.

    Raises InputError when shapes or types do not fit.
    """
    if data.arrays or len(graph.inputs) != 1:
        return _several(graph, data)
    port = graph.inputs[0]
    if data.x is None:
        return Samples(tuple((_raw(graph, port, file),) for file in data.files), None, data.source)
    values = _of_port(graph, port, data.x, "x", data.source)
    fed = None if data.recordings is None else tuple((recording[None],) for recording in data.recordings)
    return Samples(tuple((value,) for value in values), _labels(graph, data), data.source, fed)


def _several(graph: Graph, data: Data) -> Samples:
    names = [port.name for port in graph.inputs]
    if not data.arrays:
        raise InputError(f"{data.source}: {graph.name} has inputs {', '.join(names)}", hint=_SEVERAL)
    inputs = []
    for number, port in enumerate(graph.inputs):
        name = port.name if port.name in data.arrays else f"x{number}"
        if name not in data.arrays:
            raise InputError(f"{data.source}: no array named {port.name} or {name}", hint=_SEVERAL if len(names) > 1 else _HINT)
        inputs.append(_of_port(graph, port, data.arrays[name], name, data.source))
    return Samples(tuple(zip(*inputs, strict=True)), _labels(graph, data), data.source)


def _labels(graph: Graph, data: Data) -> Array | None:
    """Labels int64 [n]. Raises InputError for one that no output stands for."""
    if data.y is None:
        return None
    labels = data.y.reshape(-1).astype(np.int64)
    classes = graph.tensors[graph.outputs[0].tensor].elements
    if classes > 1 and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise InputError(f"{data.source}: y holds label {wrong}, the model has {classes} outputs, numbered from 0")
    return labels


def suits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether samples of `shape` are inputs of the shape `wanted`: the same but for axes of one, or one of them flat."""
    found, meant = ([n for n in sizes if n != 1] for sizes in (shape, wanted))
    return found == meant or (min(len(found), len(meant)) <= 1 and math.prod(found) == math.prod(meant))


def _of_port(graph: Graph, port: Port, values: Array, name: str, source: str) -> Array:
    """`values` as [n, *shape of the input]."""
    tensor = graph.tensors[port.tensor]
    if not suits(values.shape[1:], tensor.shape):
        shape = "×".join(map(str, tensor.shape))
        raise InputError(f"{source}: {name} has shape {list(values.shape)}, the model takes {shape} a sample", hint=_HINT)
    return _convert(graph, port, values, source, name).reshape(len(values), *tensor.shape)


def _files(folder: Path) -> tuple[Path, ...]:
    """The `.bin` files in a folder, 2.bin before 10.bin."""
    files = sorted(
        folder.glob("*.bin"), key=lambda p: [int(n) if n.isdigit() else n for n in re.split(r"(\d+)", p.name)]
    )
    if not files:
        raise InputError(f"{folder}: no .bin files in it", hint=_HINT)
    return tuple(files)


def _raw(graph: Graph, port: Port, path: Path) -> Array:
    """One sample as raw little-endian bytes: in the model's own type, or as float32."""
    tensor = graph.tensors[port.tensor]
    data = path.read_bytes()
    if len(data) == tensor.elements * port.dtype.size:
        values = np.frombuffer(data, port.dtype.numpy)
    elif len(data) == tensor.elements * 4:
        values = np.frombuffer(data, "<f4")
    else:
        raise InputError(
            f"{path}: {len(data):,} bytes; the model takes {tensor.elements:,} values of {port.dtype.value} or float32"
        )
    return _convert(graph, port, values, str(path)).reshape(tensor.shape)


def _convert(graph: Graph, port: Port, x: Array, source: str, name: str = "x") -> Array:
    """`x` in the type the model's caller gives."""
    if x.dtype == port.dtype.numpy:
        return x
    if port.dtype is DType.FLOAT32 and x.dtype.kind in "fiu":
        return x.astype(np.float32)
    quant = graph.tensors[port.tensor].quant
    if x.dtype.kind != "f" or quant is None:
        raise InputError(
            f"{source}: {name} is {x.dtype}, the model takes {port.dtype.value}",
            hint=f"store {name} as {port.dtype.value}, or as the real values (float32) the model was trained on",
        )
    if not np.isfinite(x).all():
        raise InputError(f"{source}: {name} holds values that are not finite")
    limits = np.iinfo(port.dtype.numpy)
    scaled = x.astype(np.float32) / np.float32(quant.scale[0])
    stored = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)) + quant.zero_point[0]
    quantised: Array = np.clip(stored, limits.min, limits.max).astype(port.dtype.numpy)
    return quantised


def _random(graph: Graph, port: Port, generator: np.random.Generator) -> Array:
    tensor = graph.tensors[port.tensor]
    if port.dtype is not DType.FLOAT32:
        limits = np.iinfo(port.dtype.numpy)
        return generator.integers(limits.min, limits.max, tensor.shape, port.dtype.numpy, endpoint=True)
    if tensor.quant is None:
        return generator.standard_normal(tensor.shape).astype(np.float32)
    limits = np.iinfo(tensor.dtype.numpy)
    low, high = ((limit - tensor.quant.zero_point[0]) * tensor.quant.scale[0] for limit in (limits.min, limits.max))
    return generator.uniform(low, high, tensor.shape).astype(np.float32)


def accuracy(samples: Samples, outputs: Sequence[Array]) -> float | None:
    """The fraction of `outputs` (one array a sample) whose largest value stands at the label.

    None without labels, and for outputs of one value.
    """
    if samples.labels is None or not outputs or outputs[0].size == 1:
        return None
    guesses = np.array([int(np.argmax(output)) for output in outputs])
    return float(np.mean(guesses == samples.labels[: len(guesses)]))
