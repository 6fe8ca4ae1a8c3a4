"""Figures on unequal classes, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tinykit.families.metrics import auc, balanced_accuracy, paired_difference, recalls


def test_balanced_accuracy_of_a_classifier_that_always_says_normal() -> None:
    labels = np.array([0] * 9 + [1])
    assert balanced_accuracy(labels, np.zeros(10, int)) == 0.5
    assert recalls(labels, np.array([0] * 6 + [1] * 4)).tolist() == pytest.approx([6 / 9, 1])


def test_auc_counts_pairs() -> None:
    rng = np.random.default_rng(1)
    labels, scores = rng.integers(0, 2, 60), rng.integers(0, 9, 60)
    pairs = [
        (scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]) for i in range(60) for j in range(60) if labels[i] > labels[j]
    ]
    assert auc(labels, scores) == pytest.approx(np.mean(pairs))


def test_the_interval_of_a_paired_difference() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 400)
    before = np.where(rng.random(400) < 0.3, 1 - labels, labels)
    assert paired_difference(labels, before, before) == (0, 0, 0)
    after = np.where(rng.random(400) < 0.1, labels, before)
    difference, low, high = paired_difference(labels, before, after)
    assert difference == pytest.approx(balanced_accuracy(labels, after) - balanced_accuracy(labels, before))
    assert 0 < low < difference < high < 0.1


def test_samples_of_one_group_are_drawn_together() -> None:
    labels = np.tile([0, 1], 100)
    before, after = labels.copy(), labels.copy()
    after[:20] = 1 - after[:20]  # one subject of ten goes wrong
    groups = np.repeat(np.arange(10), 20)
    alone, together = (paired_difference(labels, before, after, g) for g in (None, groups))
    assert together[2] - together[1] > 2 * (alone[2] - alone[1])
