"""Lines that lose, double, invent and change bytes, boards that are reset, answers that come late."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.harness.fake_board import BLOCKS, FakeBoard, NoisyLine, build, expected
from tinykit.harness.device import WireDevice
from tinykit.harness.link import Link


def inputs(rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.integers(-128, 128, (1, 20, 30)).astype(np.int8), rng.normal(size=10).astype(np.float32)]


@pytest.mark.parametrize(
    ("frames", "noise", "reset", "late"),
    [(1000, 0, 0.01, 0), (1000, 0, 0, 0.1), (1000, 1e-3, 0, 0), (1000, 1e-2, 0, 0), (10_000, 1e-2, 0.01, 0.05)],
)
def test_results_are_right_whatever_happens_to_the_bytes(
    board: FakeBoard, frames: int, noise: float, reset: float, late: float
) -> None:
    line = NoisyLine(board, noise, reset, late)
    device = WireDevice(Link(line))
    rng = np.random.default_rng(3)
    while line.frames < frames:
        image, more = inputs(rng)
        found = device.run([image, more])
        assert np.array_equal(found[0], expected(image))
        assert np.array_equal(found[1], more)
        found, counts = device.run_counted([image, more])
        assert np.array_equal(found[0], expected(image))
        assert counts == [1000 + block for block in range(BLOCKS)]


def test_noise_alone_is_answered_but_does_nothing(board: FakeBoard) -> None:
    rng = np.random.default_rng(4)
    device = WireDevice(Link(board))
    image, more = inputs(rng)
    device.write(0, image)
    device.write(1, more)
    board.write(rng.integers(0, 256, 100_000, np.uint8).tobytes())
    device.invoke()
    assert np.array_equal(device.read(0), expected(image))


def test_most_bytes_on_the_wire_are_payload(board: FakeBoard) -> None:
    device = WireDevice(Link(board))
    rng = np.random.default_rng(5)
    before = board.bytes_to_board + board.bytes_from_board
    device.write(0, inputs(rng)[0])
    device.read(0)
    assert 0.8 * (board.bytes_to_board + board.bytes_from_board - before) <= 2 * 600


def test_variables_outlive_a_reset_of_the_board(tmp_path: Path) -> None:
    """What came since `initialise` is run again."""
    board = FakeBoard(build(tmp_path, variables=4))
    line = NoisyLine(board, noise=1e-4, reset=6e-3)
    device = WireDevice(Link(line))
    rng = np.random.default_rng(6)
    device.initialise()
    for n in range(1, 41):
        if n in (7, 23):
            board.reset()
        assert device.run(inputs(rng))[2].tolist() == [n]
    assert board.resets > 2
    device.initialise()
    assert device.run(inputs(rng))[2].tolist() == [1]
