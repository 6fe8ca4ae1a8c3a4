"""The tasks of MLPerf Tiny (github.com/mlcommons/tiny, benchmark/README.md): what goes in, what comes out, what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tinykit.errors import InputError
from tinykit.graph.ir import Graph


@dataclass(frozen=True)
class Task:
    """One task: `model` is the benchmark's name for it, `target` the accuracy or AUC that a closed submission must reach.

    `pixels`: the input's bytes are pixels from 0 to 255. `restores`: the model is an autoencoder and its result the mean
    squared difference between input and output. `inferences` and `warmups` are those of a performance run.
    """

    name: str
    model: str
    summary: str
    inputs: int
    outputs: int
    metric: Literal["accuracy", "AUC"]
    target: float
    inferences: int
    warmups: int
    pixels: bool = False
    restores: bool = False


TASKS = {
    task.name: task
    for task in (
        Task("kws", "kws01", "keyword spotting", 49 * 10, 12, "accuracy", 0.90, 70, 10),
        Task("vww", "vww01", "visual wake words", 96 * 96 * 3, 2, "accuracy", 0.80, 20, 5, pixels=True),
        Task("ic", "ic01", "image classification", 32 * 32 * 3, 10, "accuracy", 0.85, 20, 5, pixels=True),
        Task("ad", "ad01", "anomaly detection", 5 * 128, 5 * 128, "AUC", 0.85, 1500, 10, restores=True),
    )
}


def find_task(name: str) -> Task:
    """The task called `name`. Raises InputError for another."""
    if name not in TASKS:
        raise InputError(f"MLPerf Tiny has no task {name!r} here", hint=f"it is one of {', '.join(TASKS)}")
    return TASKS[name]


def task_of(graph: Graph) -> Task | None:
    """The task whose input and output `graph` has, None for a model of no task."""
    sizes = [graph.tensors[port.tensor].elements for port in (*graph.inputs, *graph.outputs)]
    if len(graph.inputs) != 1:
        return None
    return next((task for task in TASKS.values() if sizes == [task.inputs, task.outputs]), None)
