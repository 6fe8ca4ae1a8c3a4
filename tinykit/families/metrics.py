"""Figures of classifiers on classes of unequal size, and how far two of them differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def recalls(labels: Array, guesses: Array) -> Array:
    """Of each class in `labels` [n], in order, the share that `guesses` [n] recognise; specificity and sensitivity of 0 and 1."""
    return np.array([np.mean(guesses[labels == label] == label) for label in np.unique(labels)])


def balanced_accuracy(labels: Array, guesses: Array) -> float:
    """The mean of `recalls`: 1 / classes for a classifier that knows nothing, however unequal the classes."""
    return float(recalls(labels, guesses).mean())


def auc(labels: Array, scores: Array) -> float:
    """Area under the ROC curve: how often a sample labelled 1 scores higher than one labelled 0, ties counting half."""
    values, places = np.unique(scores, return_inverse=True)
    counts = np.bincount(places, minlength=len(values))
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positive = int(np.sum(labels == 1))
    negative = len(labels) - positive
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def paired_difference(
    labels: Array,
    before: Array,
    after: Array,
    groups: Array | None = None,
    *,
    measure: Callable[[Array, Array], float] = balanced_accuracy,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """`measure` of the guesses `after` less that of `before`, on the same samples [n], and its 95 % bootstrap interval.

    Samples that are not independent, those of one person say, have the same entry in `groups` and are drawn together.
    """
    groups = np.arange(len(labels)) if groups is None else groups
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    random = np.random.default_rng(seed)
    classes = len(np.unique(labels))
    found: list[float] = []
    while len(found) < draws:
        drawn = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        if len(np.unique(labels[drawn])) == classes:
            found.append(measure(labels[drawn], after[drawn]) - measure(labels[drawn], before[drawn]))
    low, high = np.percentile(found, [2.5, 97.5])
    return measure(labels, after) - measure(labels, before), float(low), float(high)
