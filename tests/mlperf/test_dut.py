"""The benchmark's client against a device that answers by a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tinykit.errors import ToolError
from tinykit.mlperf.bench import WINDOW_SECONDS, WINDOWS, accuracy, performance
from tinykit.mlperf.dataset import Sample
from tinykit.mlperf.dut import Dut
from tinykit.mlperf.tasks import find_task
from tinykit.progress import SILENT


class Scripted:
    """A device whose inferences take `microseconds` each; what `answers` has for a command comes instead."""

    patience = 1.0

    def __init__(self, microseconds: float = 20_000.0, answers: dict[str, str] | None = None) -> None:
        self.microseconds, self.answers = microseconds, answers or {}
        self.commands: list[str] = []
        self.loaded = b""
        self.clock = 123.0
        self._reply = b""
        self.writes = 0

    def write(self, data: bytes) -> None:
        self.writes += 1
        for command in re.findall(rb"([^%]*)%", data):
            text = command.decode()
            self.commands.append(text)
            reply = self.answers.get(text.split()[0]) or self._answer(text.split())
            self._reply += (reply + "m-ready\r\n").encode()

    def _answer(self, words: list[str]) -> str:
        match words:
            case ["db", "load", count]:
                self.loaded, self.expected = b"", int(count)
                return f"m-[Expecting {count} bytes]\r\n"
            case ["db", digits]:
                assert len("db " + digits) <= 80
                self.loaded += bytes.fromhex(digits)
                return "m-load-done\r\n" if len(self.loaded) == self.expected else ""
            case ["infer", times, warmups]:
                start = self.clock + int(warmups) * self.microseconds
                self.clock = start + int(times) * self.microseconds
                label = self.loaded[0] if self.loaded else 0
                results = ",".join("1.000" if i == label else "0.000" for i in range(12))
                return f"m-lap-us-{start:.0f}\r\nm-lap-us-{self.clock:.0f}\r\nm-results-[{results}]\r\n"
        raise AssertionError(words)

    def read(self, timeout: float) -> bytes:
        """A few bytes at a time, as a line brings them."""
        data, self._reply = self._reply[:7], self._reply[7:]
        return data


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    found = []
    for label in range(7):
        path = tmp_path / f"{label}.bin"
        path.write_bytes(bytes([label]) + bytes(489))
        found.append(Sample(path, label if label else 5))
    return found


@pytest.mark.parametrize("microseconds", [20.0, 20_000.0, 3e6])
def test_on_hardware_each_window_lasts_long_enough(samples: list[Sample], microseconds: float) -> None:
    device = Scripted(microseconds)
    found = performance(Dut(device), find_task("kws"), samples, simulated=False, progress=SILENT)
    assert found == pytest.approx(microseconds, rel=0.01)
    runs = [int(c.split()[1]) for c in device.commands if c.startswith("infer") and c.split()[1] != "1"]
    assert len(runs) == WINDOWS
    assert all((n * microseconds >= WINDOW_SECONDS * 1e6 and n >= 70) or n * microseconds >= WINDOW_SECONDS * 1e6 for n in runs)
    assert len({c for c in device.commands if c.startswith("db 0")}) >= WINDOWS  # another file each time


def test_only_a_line_that_loses_nothing_gets_several_commands_at_once() -> None:
    data, answers = bytes(range(200)), []
    for lossless in (False, True):
        device = Scripted()
        Dut(device, lossless=lossless).load(data)
        assert device.loaded == data
        answers.append((device.commands, device.writes))
    assert answers[0][0] == answers[1][0]
    assert [writes for _, writes in answers] == [len(answers[0][0]), 1]


def test_accuracy_is_the_share_that_is_right(samples: list[Sample]) -> None:
    assert accuracy(Dut(Scripted()), find_task("kws"), samples, progress=SILENT) == pytest.approx(6 / 7)


@pytest.mark.parametrize(
    ("answers", "work", "words"),
    [
        ({"infer": "m-lap-us-1\r\n"}, lambda d: d.infer(1, 0), "firmware answered"),
        ({"infer": "m-results-[1.0]\r\n"}, lambda d: d.infer(1, 0), "how long"),
        ({"infer": "m-results-[one]\r\nm-lap-us-1\r\nm-lap-us-2\r\n"}, lambda d: d.infer(1, 0), "are no numbers"),
        ({"infer": "m-results-[1]\r\nm-lap-us-9\r\nm-lap-us-2\r\n"}, lambda d: d.infer(1, 0), "how long"),
        ({"db": ""}, lambda d: d.load(b"12"), "did not take the whole input"),
        ({"profile": "what?\r\n"}, lambda d: d.model(), "firmware answered 'what"),
        ({"profile": "e-[Unknown command: profile]\r\n"}, lambda d: d.model(), "with e-.Unknown command"),
        ({"profile": "tk-fault: pc=00000000\r\n"}, lambda d: d.model(), "with tk-fault"),
    ],
)
def test_what_is_no_answer_is_told(answers: dict[str, str], work: Callable[[Dut], object], words: str) -> None:
    device = Scripted(answers={k: v or " " for k, v in answers.items()})
    with pytest.raises(ToolError, match=words) as caught:
        work(Dut(device))
    assert "\n" not in caught.value.message


def test_a_device_that_says_nothing_is_given_up() -> None:
    device = Scripted()
    device.write = lambda data: None  # type: ignore[method-assign]
    with pytest.raises(ToolError, match="does not answer 'name'"):
        Dut(device, limit=0.1).command("name")
