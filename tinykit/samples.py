"""Inputs to validate on: from a file, from a model family, or random."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
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
    """Inputs as they were stored: an array `x` [n, …] with perhaps labels `y` [n], or one file a sample."""

    source: str
    x: Array | None = None
    y: Array | None = None
    files: tuple[Path, ...] = ()
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
            arrays = (
                {"x": loaded} if isinstance(loaded, np.ndarray) else {n: loaded[n] for n in loaded.files if n in "xy"}
            )
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", hint=_HINT) from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, MemoryError) as error:
        raise InputError(f"{path}: not a readable {path.suffix} file: {error}", hint=_HINT) from None
    if "x" not in arrays:
        raise InputError(f"{path}: no array named x", hint=_HINT)
    x, y = arrays["x"], arrays.get("y")
    if x.ndim < 1 or len(x) == 0:
        raise InputError(f"{path}: x holds no samples", hint=_HINT)
    if y is not None and (y.size != len(x) or y.dtype.kind not in "iub"):
        raise InputError(f"{path}: y must hold one whole number for each of the {len(x)} samples in x")
    return Data(str(path), x, y)


def as_samples(graph: Graph, data: Data) -> Samples:
    """`data` as inputs of `graph`; real values are quantised where the model takes integers.

    Raises InputError when shapes or types do not fit.
    """
    if len(graph.inputs) != 1:
        raise InputError(f"{graph.name} has {len(graph.inputs)} inputs; data files serve models with one", hint=_HINT)
    port = graph.inputs[0]
    tensor = graph.tensors[port.tensor]
    if data.x is None:
        return Samples(tuple((_raw(graph, port, file),) for file in data.files), None, data.source)
    count = len(data.x)
    if data.x.size != count * tensor.elements:
        shape = "×".join(map(str, tensor.shape))
        raise InputError(
            f"{data.source}: x has shape {list(data.x.shape)}, the model takes {shape} a sample", hint=_HINT
        )
    values = _convert(graph, port, data.x, data.source).reshape(count, *tensor.shape)
    labels = None if data.y is None else data.y.reshape(-1).astype(np.int64)
    fed = None if data.recordings is None else tuple((recording[None],) for recording in data.recordings)
    return Samples(tuple((value,) for value in values), labels, data.source, fed)


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


def _convert(graph: Graph, port: Port, x: Array, source: str) -> Array:
    """`x` in the type the model's caller gives."""
    if x.dtype == port.dtype.numpy:
        return x
    if port.dtype is DType.FLOAT32 and x.dtype.kind in "fiu":
        return x.astype(np.float32)
    quant = graph.tensors[port.tensor].quant
    if x.dtype.kind != "f" or quant is None:
        raise InputError(
            f"{source}: x is {x.dtype}, the model takes {port.dtype.value}",
            hint=f"store x as {port.dtype.value}, or as the real values (float32) the model was trained on",
        )
    if not np.isfinite(x).all():
        raise InputError(f"{source}: x holds values that are not finite")
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
    """The fraction of `outputs` (one array a sample) whose largest value stands at the label; None without labels."""
    if samples.labels is None or not outputs:
        return None
    guesses = np.array([int(np.argmax(output)) for output in outputs])
    return float(np.mean(guesses == samples.labels[: len(guesses)]))
