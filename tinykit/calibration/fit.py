"""Cost tables from measured samples: for each kernel the non-negative instructions a term that predict its blocks best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tinykit.calibration.measure import Sample

Table = dict[str, dict[str, float]]

_ENOUGH = 1e-9

_RIDGE = 1e-5
"""Weight of keeping coefficients small where the samples leave them open."""


def fit(samples: Sequence[Sample], known: Mapping[str, Mapping[str, float]]) -> Table:
    """The coefficients of everything the samples contain, with the least sum of squared relative errors; what `known` has
    beside stays."""
    counted = ((key, term) for s in samples for key, terms in s.terms.items() for term, n in terms.items() if n)
    columns = list(dict.fromkeys(counted))
    place = {column: n for n, column in enumerate(columns)}
    rows = np.zeros((len(samples), len(columns)))
    for at, sample in enumerate(samples):
        for key, terms in sample.terms.items():
            for term, n in terms.items():
                if n:
                    rows[at, place[key, term]] = n / sample.measured
    size = np.linalg.norm(rows, axis=0)
    solved = non_negative(rows / size, np.ones(len(samples))) / size
    table: Table = {key: dict(terms) for key, terms in known.items()} | {key: {} for key, _ in columns}
    for (key, term), coefficient in zip(columns, solved, strict=True):
        if (count := round(float(coefficient), 3)) > 0:
            table[key][term] = count
    return table


def predicted(sample: Sample, table: Mapping[str, Mapping[str, float]]) -> float:
    """Instructions of a sample's block."""
    return sum(table.get(key, {}).get(term, 0.0) * n for key, terms in sample.terms.items() for term, n in terms.items())


def non_negative(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """x ≥ 0 that minimises |a·x − b|, for columns of length 1: the active-set method of Lawson and Hanson, Solving Least
    Squares Problems, ch. 23, on the normal equations, lightly damped."""
    square, wanted = a.T @ a + _RIDGE * np.eye(a.shape[1]), a.T @ b
    x = np.zeros(len(wanted))
    free = np.zeros(len(wanted), bool)
    for _ in range(3 * len(wanted)):
        gradient = np.where(free, -np.inf, wanted - square @ x)
        if gradient.max() <= _ENOUGH:
            break
        free[int(np.argmax(gradient))] = True
        while True:
            solved = np.zeros_like(x)
            solved[free] = np.linalg.solve(square[np.ix_(free, free)], wanted[free])
            below = free & (solved <= 0)
            if not below.any():
                break
            x += np.min(x[below] / (x[below] - solved[below])) * (solved - x)
            free &= x > _ENOUGH
        x = solved
    return x


def errors(samples: Iterable[Sample], table: Table) -> list[tuple[str, int, int, float]]:
    """Name, measured and predicted instructions, and the relative error of each sample."""
    found = []
    for sample in samples:
        guess = predicted(sample, table)
        found.append((sample.name, sample.measured, round(guess), guess / sample.measured - 1))
    return found
