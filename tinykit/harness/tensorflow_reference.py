"""TensorFlow's own reference kernels (BUILTIN_REF), for platforms that `tflite_micro` has no wheel for.

TensorFlow runs in a process of its own: `python -m tinykit.harness.tensorflow_reference MODEL INPUTS.npz OUTPUTS.npz`.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tinykit import janitor
from tinykit.graph.reader import read
from tinykit.harness.reference import Array, NoReference
from tinykit.subprocesses import tensorflow_environment

# Compared byte by byte with tflite_micro on random models. Not among them are
# those that round otherwise: FULLY_CONNECTED, whose sums TensorFlow rounds once and tflite_micro twice; ABS, DIV, HARD_SWISH,
# LEAKY_RELU and RELU, whose ratios of scales TensorFlow computes in float32 and tflite_micro in double; RELU6 and others that
# rescale on their own.
EQUAL_KINDS = frozenset(
    {
        "ADD", "ARG_MAX", "ARG_MIN", "ASSIGN_VARIABLE", "AVERAGE_POOL_2D", "CALL_ONCE", "CONCATENATION",
        "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE", "EXPAND_DIMS",
        "LOGISTIC", "LOG_SOFTMAX", "MAXIMUM", "MAX_POOL_2D", "MEAN", "MINIMUM",
        "MIRROR_PAD", "MUL", "PACK", "PAD", "PADV2", "PRELU", "QUANTIZE", "READ_VARIABLE", "REDUCE_MAX", "REDUCE_MIN",
        "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "SHAPE", "SLICE", "SOFTMAX",
        "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUARED_DIFFERENCE", "SQUEEZE", "STRIDED_SLICE", "SUB", "TANH",
        "TRANSPOSE", "TRANSPOSE_CONV", "UNPACK", "VAR_HANDLE",
    }
)  # fmt: skip

ONLY_KINDS = frozenset({"EXP", "GELU", "LOG", "RELU_N1_TO_1", "TILE"})
"""Those `tflite_micro` has no int8 kernel for: TensorFlow's is the reference."""
UNLISTED_KINDS = frozenset({"TILE"})
"""Of these, those whose one kernel BUILTIN_REF lists in older versions only; without that choice TensorFlow takes it."""


class TensorFlowReference:
    """TensorFlow Lite's reference kernels, for models made of operators they compute as `tflite_micro` does."""

    def __init__(self, model: Path) -> None:
        self.name = tensorflow_version()
        self._model = model
        if other := sorted({op.kind for op in read(model).ops} - EQUAL_KINDS - (ONLY_KINDS - UNLISTED_KINDS)):
            raise NoReference(f"TensorFlow's reference kernels may round otherwise in {', '.join(other)}")

    def run(self, samples: Sequence[Sequence[Array]]) -> Iterator[list[Array]]:
        yield from run_in_process(__name__, self._model, samples)


def tensorflow_version() -> str:
    """The name of TensorFlow's reference kernels; raises NoReference where they are not installed."""
    for package in ("tensorflow-cpu", "tensorflow"):
        try:
            return f"TensorFlow {importlib.metadata.version(package)} reference kernels"
        except importlib.metadata.PackageNotFoundError:
            continue
    raise NoReference("TensorFlow is not installed", hint="pip install tensorflow-cpu")


def run_in_process(module: str, model: Path, samples: Sequence[Sequence[Array]]) -> list[list[Array]]:
    """The outputs that `python -m MODULE MODEL INPUTS OUTPUTS` computes, a module of ours that imports TensorFlow."""
    with janitor.temporary_folder() as folder:
        inputs, outputs = folder / "inputs.npz", folder / "outputs.npz"
        save_samples(inputs, samples)
        command = [sys.executable, "-m", module, str(model), str(inputs), str(outputs)]
        run = janitor.run(command, env=tensorflow_environment())
        if run.returncode or not outputs.is_file():
            last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1][:400]
            raise NoReference(f"TensorFlow cannot run {model.name}: {last}", hint="the command was: " + " ".join(command))
        return load_samples(outputs)


def save_samples(path: Path, samples: Sequence[Sequence[Array]]) -> None:
    """Write an .npz that `load_samples` reads."""
    arrays = {f"{n}_{index}": value for n, sample in enumerate(samples) for index, value in enumerate(sample)}
    np.savez(path, **arrays)  # type: ignore[arg-type]


def load_samples(path: Path) -> list[list[Array]]:
    """Each sample's arrays."""
    samples: dict[int, list[Array]] = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            samples.setdefault(int(name.split("_")[0]), []).append(archive[name])
    return list(samples.values())


def tensorflow_interpreter(model: bytes, *, unlisted: bool = False) -> Callable[[Sequence[Array]], list[Array]]:
    """The function that the reference kernels compute; imports TensorFlow. `unlisted`: of UNLISTED_KINDS only."""
    import tensorflow as tf

    kernels = tf.lite.experimental.OpResolverType
    chosen = kernels.BUILTIN_WITHOUT_DEFAULT_DELEGATES if unlisted else kernels.BUILTIN_REF
    interpreter = tf.lite.Interpreter(model_content=model, experimental_op_resolver_type=chosen)
    interpreter.allocate_tensors()

    def infer(inputs: Sequence[Array]) -> list[Array]:
        for value, detail in zip(inputs, interpreter.get_input_details(), strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]

    return infer


def main(model: str, inputs: str, outputs: str) -> None:
    """Run every sample of the file `inputs`; its outputs go to the file `outputs`."""
    infer = tensorflow_interpreter(Path(model).read_bytes())
    save_samples(Path(outputs), [infer(sample) for sample in load_samples(Path(inputs))])


if __name__ == "__main__":
    main(*sys.argv[1:])
