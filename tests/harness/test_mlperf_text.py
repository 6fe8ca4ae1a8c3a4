"""The benchmark's text protocol of the firmware, alone and among frames."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.harness.fake_board import FakeBoard, expected
from tinykit.harness.device import WireDevice
from tinykit.harness.frames import Frame, Kind, decode
from tinykit.harness.link import Link

SCALE, ZERO_POINT = 0.5, -3
READY = "m-ready"


def ask(board: FakeBoard, command: str) -> list[str]:
    """The lines that answer `command`, "m-ready" cut off: it must be the last."""
    board.write(command.encode() + b"%")
    text = board.read(0).decode()
    assert text.endswith("\r\n")
    *lines, last = text.removesuffix("\r\n").split("\r\n")
    assert last == READY
    return lines


def load(board: FakeBoard, data: bytes) -> None:
    """As the public runner does it: 31 bytes at a time."""
    assert ask(board, f"db load {len(data)}") == [f"m-[Expecting {len(data)} bytes]"]
    for at in range(0, len(data), 31):
        last = at + 31 >= len(data)
        assert ask(board, f"db {data[at : at + 31].hex()}") == ["m-load-done"] * last


def results(lines: list[str]) -> np.ndarray:
    (line,) = (line for line in lines if line.startswith("m-results-"))
    return np.array([float(x) for x in line.removeprefix("m-results-[").removesuffix("]").split(",")])


def real(values: np.ndarray) -> np.ndarray:
    return SCALE * (values.astype(float).reshape(-1) - ZERO_POINT)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("name", ["m-name-dut-[tinykit]"]),
        ("profile", ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[fake]"]),
        ("timestamp", ["m-lap-us-0"]),
        ("hello there", ["e-[Unknown command: hello]"]),
        ("", ["e-[Unknown command: ]"]),
        ("n" * 81, ["e-[Unknown command: ]"]),
        ("na\x01me", ["e-[Unknown command: ]"]),
        ("\r\nname\r\n", ["m-name-dut-[tinykit]"]),
        ("db", ["e-[Command 'db' requires a subcommand]"]),
        ("db load", ["e-[Command 'db load' needs a number of bytes above 0]"]),
        ("db load 1x", ["e-[Command 'db load' needs a number of bytes above 0]"]),
        ("db load 99999999999", ["e-[Command 'db load' needs a number of bytes above 0]"]),
        ("db load 4000", ["e-[Supplied buffer size 4000 exceeds maximum of 3464]"]),
        ("db 00", ["e-[No more bytes are expected]"]),
        ("db 0", ["e-[Insufficient number of hex digits]"]),
        ("db zz", ["e-[Invalid hex digit]"]),
        ("infer 0", ["e-[Inference iterations must be >0]"]),
        ("infer 1 -1", ["e-[Inference warmup must be >=0]"]),
    ],
)
def test_commands_are_answered(board: FakeBoard, command: str, answer: list[str]) -> None:
    assert ask(board, command) == answer


def test_help_names_every_command(board: FakeBoard) -> None:
    text = "\n".join(ask(board, "help"))
    for command in ("name", "profile", "timestamp", "db load", "db print", "infer", "results"):
        assert command in text


def test_a_loaded_input_is_printed_and_inferred_as_often_as_wanted(board: FakeBoard) -> None:
    image = np.random.default_rng(7).integers(-128, 128, 600).astype(np.int8)
    load(board, image.tobytes())
    printed = "-".join(line.removeprefix("m-buffer-") for line in ask(board, "db print"))
    assert bytes.fromhex(printed.replace("-", "")) == image.tobytes()
    assert ask(board, "db print 3 10") == ["m-buffer-" + image[10:13].tobytes().hex("-")]
    for command, marks in (("infer 1 0", (0, 1)), ("infer 3 2", (2, 3)), ("infer", (10, 1))):
        lines = ask(board, command)
        warmups, times = marks
        start, end = (int(line.removeprefix("m-lap-us-")) for line in lines if line.startswith("m-lap-us-"))
        assert [line for line in lines if "m-lap" not in line and "results" not in line] == [
            f"m-warmup-start-{warmups}", "m-warmup-done", f"m-infer-start-{times}", "m-infer-done",
        ]  # fmt: skip
        # Five blocks of 1000 instructions and a few, each a nanosecond, timed in whole microseconds.
        assert times * 5 <= end - start <= times * 6
        np.testing.assert_array_equal(results(lines), real(expected(image)))
        np.testing.assert_array_equal(results(ask(board, "results")), real(expected(image)))


def test_floats_are_quantised(board: FakeBoard) -> None:
    values = np.random.default_rng(8).normal(0, 40, 600).astype(np.float32)
    values[:4] = (np.nan, np.inf, -1e30, 0.25)
    load(board, values.tobytes())
    stored = np.clip(np.trunc(values / SCALE + np.copysign(0.5, values)) + ZERO_POINT, -128, 127)
    stored[:4] = (ZERO_POINT, 127, -128, 1 + ZERO_POINT)
    np.testing.assert_array_equal(results(ask(board, "infer 1 0")), real(expected(stored.astype(np.int8))))


def test_an_input_of_another_size_is_not_run(board: FakeBoard) -> None:
    load(board, bytes(599))
    assert ask(board, "infer") == ["e-[Input has 599 bytes, expected 600]"]


def test_without_an_input_zeros_are_run(board: FakeBoard) -> None:
    np.testing.assert_array_equal(results(ask(board, "infer 1 0")), real(expected(np.zeros(600, np.int8))))


def test_text_and_frames_share_the_port(board: FakeBoard) -> None:
    device = WireDevice(Link(board))
    rng = np.random.default_rng(9)
    image, other = (rng.integers(-128, 128, (1, 20, 30)).astype(np.int8) for _ in range(2))
    device.write(0, image)
    load(board, other.tobytes())
    assert ask(board, "name") == ["m-name-dut-[tinykit]"]
    device.invoke()
    assert np.array_equal(device.read(0), expected(image))
    np.testing.assert_array_equal(results(ask(board, "infer 1 0")), real(expected(other)))


def test_an_inference_by_text_among_frames_spoils_no_result(board: FakeBoard) -> None:
    """It opens the session anew, so that a run which it fell into is repeated."""
    device = WireDevice(Link(board))
    rng = np.random.default_rng(10)
    image, more = rng.integers(-128, 128, (1, 20, 30)).astype(np.int8), np.zeros(10, np.float32)
    write = device.write

    def disturbed(index: int, value: np.ndarray) -> None:
        device.write = write  # type: ignore[method-assign]
        write(index, value)
        ask(board, "infer 1 0")

    device.write = disturbed  # type: ignore[method-assign]
    assert np.array_equal(device.run([image, more])[0], expected(image))


def test_a_command_does_not_reach_over_a_frame(board: FakeBoard) -> None:
    board.write(b"na")
    WireDevice(Link(board))
    assert ask(board, "me") == ["e-[Unknown command: me]"]


def test_a_frame_whose_sender_is_gone_swallows_no_text(board: FakeBoard) -> None:
    """The runner knows of no frames, and so of no zero byte that would end it."""
    board.idle(1)
    frame = Frame(Kind.HELLO, session=7, data=bytes(4)).encode()
    board.write(frame[:9])
    for _ in range(3):
        board.idle(0.2)
    board.write(frame[9:])
    assert decode(board.read(0).strip(b"\0")) is not None  # a short pause ends nothing
    for piece in (frame[:9], b"\0\x80" + b"x" * 400):
        board.write(piece + b"name%")
        assert board.read(0) == b""
        for _ in range(3):
            board.idle(0.6)
        assert ask(board, "name") == ["m-name-dut-[tinykit]"]


def test_any_text_at_all_is_survived(board: FakeBoard) -> None:
    """Pieces of commands in any order, under the sanitizer for undefined behaviour; then everything works as before."""
    draw = random.Random(11)
    pieces = ["db", "load", "print", "infer", "results", "name", "profile", " ", "%", "%", "0", "1", "9999999999", "-1", "00ff",
              "g", "600", "4000", "\r\n", "~" * 30, "\x00", "\x80", "\xff"]  # fmt: skip
    for _ in range(3000):
        board.write("".join(draw.choices(pieces, k=draw.randrange(1, 12))).encode("latin-1"))
        board.read(0)
    board.write(b"\0%")
    board.read(0)
    image = np.arange(600).astype(np.int8)
    load(board, image.tobytes())
    np.testing.assert_array_equal(results(ask(board, "infer 1 0")), real(expected(image)))
