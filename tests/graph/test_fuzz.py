"""Damaged files end in a graph that can be planned or in an InputError; never in anything else. `make test-slow` has more."""

from __future__ import annotations

import numpy as np
import pytest

from tests.graph.fuzzing import MODELS, bytes_changed, meaning_changed
from tests.support.models import convolutional
from tinykit.boards import load_board
from tinykit.errors import DoesNotFit, InputError
from tinykit.graph.passes import run_passes
from tinykit.graph.reader import parse
from tinykit.graph.support import check_supported
from tinykit.planner import PlanOptions, plan


def _files() -> list[bytes]:
    return [convolutional(), *(b.build(outputs) for b, outputs in (model() for model in MODELS[:3]))]


@pytest.mark.filterwarnings("error")
def test_changed_bytes() -> None:
    rng, files = np.random.default_rng(0), _files()
    refused = 0
    for n in range(2000):
        try:
            check_supported(run_passes(parse(bytes_changed(files[n % len(files)], rng), name="net", source="net.tflite")))
        except InputError as error:
            refused += 1
            assert "net.tflite" in error.message and error.message.isprintable()
    assert 600 < refused < 2000


@pytest.mark.filterwarnings("error")
def test_impossible_things() -> None:
    rng, written = np.random.default_rng(1), [model() for model in MODELS]
    refused = 0
    for n in range(400):
        try:
            check_supported(run_passes(parse(meaning_changed(written[n % len(written)], rng), name="net", source="net.tflite")))
        except InputError as error:
            refused += 1
            assert "net.tflite" in error.message and error.message.isprintable()
    assert 200 < refused < 400


@pytest.mark.parametrize("objective", ["fastest", "min-ram"])
@pytest.mark.filterwarnings("error")
def test_what_is_accepted_can_be_planned(objective: str) -> None:
    rng = np.random.default_rng(11)
    board = load_board("stm32f746")
    models = _files()[:2]
    planned = 0
    for n in range(200):
        data = bytes_changed(models[n % 2], rng)
        try:
            graph = run_passes(parse(data, name="net", source="net.tflite"))
            check_supported(graph)
        except InputError:
            continue
        try:
            assert plan(graph, board, PlanOptions(objective)).arena_bytes > 0
            planned += 1
        except DoesNotFit as error:
            assert error.message.isprintable()
    assert planned > 10


def test_noise() -> None:
    rng = np.random.default_rng(9)
    for size in rng.integers(8, 5000, 200):
        data = b"\x1c\0\0\0TFL3" + rng.bytes(int(size))
        with pytest.raises(InputError):
            parse(data, name="net", source="net.tflite")
