"""What the network is measured against: logistic regression on the powers of bands in every channel.

Everything is chosen on the subjects that are not tested on, by leaving some of them out in turn: the bands, whether a power
counts by itself or as a share of its channel's, and the penalty. Then it is trained on all of them.
"""

from __future__ import annotations

from itertools import pairwise, product

import features
import numpy as np
import numpy.typing as npt

from tinykit.families.metrics import balanced_accuracy

Array = features.Array
Floats = npt.NDArray[np.float64]

FIVE = (1, 4, 8, 13, 30, 45)
TEN = (1, 2.5, 4, 6, 8, 10, 13, 18, 24, 30, 45)
PENALTIES = (0.003, 0.03, 0.1, 0.3, 1.0)
PARTS = 6
"""In which the subjects are left out to choose."""


def log_powers(values: npt.NDArray[np.int8], edges: tuple[float, ...], relative: bool) -> Floats:
    """Logarithms of the mean power between each two `edges`, in Hz, of every channel, [n, bands × channels], of int8 segments."""
    spectrum = np.abs(np.fft.rfft(values.astype(np.float64), axis=1)) ** 2
    frequency = np.fft.rfftfreq(values.shape[1], 1 / features.RATE)
    bands = [(frequency >= low) & (frequency < high) for low, high in pairwise(edges)]
    power = np.stack([spectrum[:, band].mean(1) for band in bands], 1)
    if relative:
        power /= power.sum(1, keepdims=True)
    return np.log(power + 1e-9).reshape(len(values), -1)


def regression(x: Floats, y: Array, penalty: float) -> Floats:
    """Weights of a logistic regression, the bias last, by Newton's steps."""
    design = np.c_[x, np.ones(len(x))]
    ridge = np.diag([penalty] * x.shape[1] + [0.0])
    w = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ w))
        hessian = (design * (p * (1 - p))[:, None]).T @ design / len(x) + ridge
        step = np.linalg.solve(hessian + 1e-9 * np.eye(len(w)), design.T @ (p - y) / len(x) + ridge @ w)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    return w


def scores(x: Floats, y: Array, train: Array, test: Array, penalty: float) -> Floats:
    """What a regression on the rows `train` of standardised `x` answers to those of `test`: positive for task 1."""
    mean, spread = x[train].mean(0), x[train].std(0)
    w = regression((x[train] - mean) / spread, y[train], penalty)
    found: Floats = (x[test] - mean) / spread @ w[:-1] + w[-1]
    return found


class Baseline:
    """Band powers of segments int8 [n, samples, channels], their tasks [n] and subjects [n].

    own_mean: subtract the mean of each subject's segments, which needs both of its recordings first, though no label. No single
    segment can be decided like that, so it is no rival: it tells how much of the difficulty is that people differ.
    """

    def __init__(self, values: npt.NDArray[np.int8], task: Array, subject: Array, own_mean: bool = False) -> None:
        self.task, self.subject = task, subject
        self.powers = [log_powers(values, edges, relative) for edges, relative in product((FIVE, TEN), (False, True))]
        if own_mean:
            for power, one in product(self.powers, np.unique(subject)):
                power[subject == one] -= power[subject == one].mean(0)

    def answers(self, known: Array, test: Array) -> Floats:
        """Scores of the segments of the subjects `test`, learnt from those of `known`."""
        parts = np.array_split(known, PARTS)

        def inner(choice: tuple[Floats, float]) -> float:
            held_out = [np.isin(self.subject, part) for part in parts]
            train = [np.isin(self.subject, np.setdiff1d(known, part)) for part in parts]
            rows = zip(train, held_out, strict=True)
            return float(np.mean([self._right(*choice, *row) for row in rows]))

        x, penalty = max(product(self.powers, PENALTIES), key=inner)
        return scores(x, self.task, np.isin(self.subject, known), np.isin(self.subject, test), penalty)

    def _right(self, x: Floats, penalty: float, train: Array, test: Array) -> float:
        return balanced_accuracy(self.task[test], (scores(x, self.task, train, test, penalty) > 0).astype(int))
