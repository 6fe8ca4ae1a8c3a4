"""Runs of the benchmark on a firmware, as the public runner makes them: how fast it is, and how often it is right."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tinykit.errors import InputError, ToolError
from tinykit.harness.device import WireDevice
from tinykit.mlperf.dataset import Sample
from tinykit.mlperf.dut import Dut
from tinykit.mlperf.tasks import Task
from tinykit.progress import Progress

Mode = Literal["performance", "accuracy", "both"]

WINDOWS = 5
WINDOW_SECONDS = 10.0
"""How long a timed run must last on hardware, by the benchmark's rules."""
_COUNTED = 5  # inferences in a simulator, whose counts are exact; more where its clock, in whole microseconds, is too coarse
_COARSE = 20_000
_NANOSECOND_HZ = 1_000_000_000


@dataclass(frozen=True)
class Outcome:
    """What was found; None for what was not looked at. `score` is `metric` (accuracy or AUC, 0 to 1) over `samples` files.

    `microseconds` and `throughput` (inferences a second) are by the device's own clock. In a simulator that is a count of
    instructions at one a clock cycle: `instructions` says it plainly, and there is no time.
    """

    task: str
    model: str
    board: str
    target: str
    microseconds: float | None = None
    throughput: float | None = None
    instructions: int | None = None
    metric: str | None = None
    score: float | None = None
    asked: float | None = None
    samples: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the score reaches what a closed submission must."""
        return None if self.score is None or self.asked is None else self.score >= self.asked


def check_model(device: WireDevice, task: Task, dut: Dut) -> None:
    """Raise InputError unless the firmware is one for `task`."""
    found = dut.model()
    if found != task.model:
        info = device.info
        raise InputError(
            f"'{info.model}' is no model for {task.name}: it has {_sizes(device)} values in and out, not "
            f"{task.inputs} and {task.outputs}",
            hint=f"name one: tinykit bench mlperf MODEL --task {task.name}",
        )


def _sizes(device: WireDevice) -> str:
    ports = (*device.info.inputs, *device.info.outputs)
    return " and ".join(str(math.prod(port.shape)) for port in ports)


def performance(dut: Dut, task: Task, samples: Sequence[Sample], *, simulated: bool, progress: Progress) -> float:
    """Microseconds of one inference by the device's clock: of one run in a simulator, whose clock is exact, and the median of
    five of ten seconds or more on hardware.
    """
    windows, times, warmups = (1, _COUNTED, 0) if simulated else (WINDOWS, task.inferences, task.warmups)
    found: list[float] = []
    with progress.stage("performance", f"timing {task.name}") as stage:
        for number in range(windows):
            if samples:
                dut.load(next(samples[number % len(samples)].inputs()))
            limit = 3600.0
            if not simulated:
                once = max(dut.infer(1, warmups).microseconds, 1)
                times = max(times, math.ceil(WINDOW_SECONDS * 1.02e6 / once))
                limit = 30.0 + 2e-6 * (times + warmups) * once
            run = dut.infer(times, warmups, limit)
            if simulated and run.microseconds < _COARSE:
                times = max(times, min(task.inferences, times * _COARSE // max(run.microseconds, 1)))
                run = dut.infer(times, warmups, limit)
            found.append(run.microseconds / times)
            stage.advance(number + 1, windows)
        if min(found) <= 0:
            raise ToolError("the firmware's clock does not move")
        stage.result(f"{windows} run{'s' * (windows > 1)} of {times} inferences")
    return statistics.median(found)


def accuracy(dut: Dut, task: Task, samples: Sequence[Sample], *, progress: Progress) -> float:
    """Share of files whose class has the largest result; of an autoencoder, how well its error tells the two classes apart."""
    guesses: list[float] = []
    with progress.stage("accuracy", f"running {len(samples)} files of {task.name}") as stage:
        for number, sample in enumerate(samples):
            results = []
            for data in sample.inputs():
                dut.load(data)
                results.append(dut.infer(1, 0).results)
            guesses.append(_guess(results, task))
            stage.advance(number + 1, len(samples))
        labels = [sample.label for sample in samples]
        score = auc(labels, guesses) if task.restores else statistics.fmean(map(float.__eq__, guesses, map(float, labels)))
        stage.result(f"{task.metric} {score:.3f}")
    return score


def _guess(results: Sequence[tuple[float, ...]], task: Task) -> float:
    """The class of a file; of an autoencoder, its mean error."""
    width = 1 if task.restores else task.outputs
    if any(len(values) != width for values in results):
        raise ToolError(f"the firmware gives {len(results[0])} results, not {width}")
    if task.restores:
        return statistics.fmean(values[0] for values in results)
    (values,) = results
    return float(values.index(max(values)))


def auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Area under the ROC curve: how often a file of class 1 scores above one of class 0, ties counting half."""
    ones, zeros = ([score for label, score in zip(labels, scores, strict=True) if label == wanted] for wanted in (1, 0))
    if not ones or not zeros:
        raise InputError("an AUC needs files of both classes", hint="take more files: a larger --limit, or none")
    wins = sum((one > zero) + (one == zero) / 2 for one in ones for zero in zeros)
    return wins / (len(ones) * len(zeros))


def clock_hz(config: Mapping[str, int | str]) -> int:
    """The rate of the clock that the firmware times with, as its tk_clock.h has it."""
    value = config.get("TK_CLOCK_HZ", _NANOSECOND_HZ)
    return int(value, 16) if isinstance(value, str) else value
