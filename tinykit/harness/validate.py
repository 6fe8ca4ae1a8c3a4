"""Every output byte of a device against the reference, for every input given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.harness.device import Array, Device
from tinykit.harness.reference import NoReference, open_reference


@dataclass(frozen=True)
class Difference:
    """The first byte that differs: which input and output, and the byte's place."""

    sample: int
    output: int
    byte: int
    expected: int
    found: int


@dataclass(frozen=True)
class Validation:
    """What running the inputs showed. `reference` is None where none could be run: nothing was verified."""

    samples: int
    reference: str | None
    bytes_compared: int = 0
    bytes_differing: int = 0
    first: Difference | None = None
    count: int | None = None
    """Of one inference, in `unit`."""
    unit: str | None = None
    per_block: tuple[int, ...] = ()
    stack: int | None = None
    outputs: tuple[tuple[Array, ...], ...] = ()
    expected: tuple[tuple[Array, ...], ...] = ()
    why_not: str = ""
    """Why no reference could be run."""

    @property
    def bit_exact(self) -> bool | None:
        return None if self.reference is None or not self.bytes_compared else self.bytes_differing == 0


@dataclass
class _Tally:
    compared: int = 0
    differing: int = 0
    first: Difference | None = None
    expected: list[tuple[Array, ...]] = field(default_factory=list)

    def add(self, sample: int, expected: Sequence[Array], found: Sequence[Array]) -> None:
        self.expected.append(tuple(expected))
        for output, (want, got) in enumerate(zip(expected, found, strict=True)):
            a, b = _bytes(want), _bytes(got)
            length = max(len(a), len(b))
            wrong = (
                np.flatnonzero(np.resize(a, length) != np.resize(b, length)) if len(a) == len(b) else np.arange(length)
            )
            self.compared += length
            self.differing += len(wrong)
            if len(wrong) and self.first is None:
                at = int(wrong[0])
                self.first = Difference(sample, output, at, int(a[at % len(a)]), int(b[at % len(b)]))


def _bytes(value: Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)


def validate(
    device: Device,
    model: Path,
    inputs: Sequence[Sequence[Array]],
    *,
    fed: Sequence[Sequence[Array]] | None = None,
    count: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Run `inputs` (for each sample one array an input, in the types the model's caller gives) on `device`, and compare.

    `fed` is what the device gets in their place where it computes them itself, in a front end.
    With `count`, the first inference is counted, in all and block by block, and the stack is measured over all of them.
    """
    reference: str | None = None
    why_not = ""
    expected: Iterator[list[Array]] = iter(())
    try:
        opened = open_reference(model)
        reference, expected = opened.name, opened.run(inputs)
    except NoReference as error:
        why_not = error.message
    tally = _Tally()
    outputs: list[tuple[Array, ...]] = []
    counted: int | None = None
    blocks: list[int] = []
    device.initialise()  # the reference's variables begin at their first values too
    device.paint_stack()
    for number, sample in enumerate(inputs if fed is None else fed):
        if number == 0 and count and device.unit is not None:
            with device.counting():
                found, blocks = device.run_counted(sample)
            counted = sum(blocks)
        else:
            found = device.run(sample)
        outputs.append(tuple(found))
        if reference is not None:
            try:
                tally.add(number, next(expected), found)
            except NoReference as error:
                reference, why_not = None, error.message
        if progress:
            progress(number + 1, len(inputs))
    return Validation(
        samples=len(inputs),
        reference=reference,
        bytes_compared=tally.compared,
        bytes_differing=tally.differing,
        first=tally.first,
        count=counted,
        unit=device.unit,
        per_block=tuple(blocks),
        stack=device.stack_peak(),
        outputs=tuple(outputs),
        expected=tuple(tally.expected),
        why_not=why_not,
    )
