"""Two interpreters on one model: `tflite_micro` on the operators it has, TensorFlow's reference kernels on those it lacks.

The model is cut where one follows the other, and each piece gets what the pieces before it gave. So every operator is
compared with the reference that docs/operators.md names for it. Both interpreters run in a process of their own:
`python -m tinykit.harness.piecewise_reference MODEL INPUTS.npz OUTPUTS.npz`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from tinykit.harness.pieces import Cutter, Piece
from tinykit.harness.reference import Array, NoReference
from tinykit.harness.tensorflow_reference import (
    ONLY_KINDS,
    UNLISTED_KINDS,
    load_samples,
    run_in_process,
    save_samples,
    tensorflow_interpreter,
    tensorflow_version,
)
from tinykit.harness.tflite_micro_reference import arena_of, micro_interpreter, micro_version

Sample = Sequence[Array]
_MICRO, _TENSORFLOW, _UNLISTED = "tflite_micro", "TensorFlow", "TensorFlow, unlisted"


class PiecewiseReference:
    """For models with operators that `tflite_micro` lacks beside others that TensorFlow's kernels round otherwise."""

    def __init__(self, model: Path) -> None:
        cutter, arena = Cutter(model.read_bytes()), arena_of(model)
        if not cutter.divisible:
            raise NoReference("a model that keeps variables cannot be cut into pieces")
        others: Counter[str] = Counter()
        for piece, runner in _pieces(cutter, arena):
            if runner == _MICRO:
                micro_interpreter(piece.model, arena, model.name)
            else:
                others.update(piece.kinds)
        if not others:
            raise NoReference("it has no operator that only TensorFlow has")
        listed = ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(others.items()))
        self.name = f"{micro_version()}, and {tensorflow_version()} for {listed}"
        self._model = model

    def run(self, samples: Sequence[Sample]) -> Iterator[list[Array]]:
        yield from run_in_process(__name__, self._model, samples)


def _pieces(cutter: Cutter, arena: int) -> Iterator[tuple[Piece, str]]:
    """The model in as few pieces as there are changes between interpreters, and what runs each."""

    def runner(operator: int) -> str:
        """Some operators `tflite_micro` has for float32 only."""
        kind = cutter.kinds[operator]
        if kind not in ONLY_KINDS or _has(cutter.piece(operator, operator + 1), arena):
            return _MICRO
        return _UNLISTED if kind in UNLISTED_KINDS else _TENSORFLOW

    for chosen, group in groupby(range(len(cutter.kinds)), runner):
        operators = list(group)
        yield cutter.piece(operators[0], operators[-1] + 1), chosen


def _has(piece: Piece, arena: int) -> bool:
    try:
        micro_interpreter(piece.model, arena)
    except NoReference:
        return False
    return True


def _micro(piece: Piece, arena: int) -> Callable[[Sample], list[Array]]:
    interpreter = micro_interpreter(piece.model, arena)

    def infer(inputs: Sample) -> list[Array]:
        for index, value in enumerate(inputs):
            interpreter.set_input(value, index)
        interpreter.invoke()
        return [np.array(interpreter.get_output(index)) for index in range(len(piece.outputs))]

    return infer


def main(model: str, inputs: str, outputs: str) -> None:
    """Run every sample of the file `inputs`; its outputs go to the file `outputs`."""
    cutter, arena = Cutter(Path(model).read_bytes()), arena_of(Path(model))
    steps = [
        (piece, _micro(piece, arena) if runner == _MICRO else tensorflow_interpreter(piece.model, unlisted=runner == _UNLISTED))
        for piece, runner in _pieces(cutter, arena)
    ]
    results = []
    for sample in load_samples(Path(inputs)):
        values = dict(zip(cutter.inputs, sample, strict=True))
        for piece, infer in steps:
            found = infer([values[tensor] for tensor in piece.inputs])
            values.update(zip(piece.outputs, found, strict=True))
        results.append([values[tensor] for tensor in cutter.outputs])
    save_samples(Path(outputs), results)


if __name__ == "__main__":
    main(*sys.argv[1:])
