"""The device under test, as the benchmark's runner sees it: commands of text, each answered by lines up to "m-ready"."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tinykit.errors import ToolError
from tinykit.targets.base import Stream

BYTES_A_LINE = 31  # a command has at most 80 characters
_READY = "m-ready"
_LAP = re.compile(r"m-lap-us-(\d+)")
_RESULTS = re.compile(r"m-results-\[([^]]*)\]")
_MODEL = re.compile(r"m-model-\[([^]]*)\]")


@dataclass(frozen=True)
class Inference:
    """What `infer` brought: microseconds by the device's clock for all timed inferences, and the last one's result."""

    microseconds: int
    results: tuple[float, ...]


class Dut:
    """Talks to a firmware over `stream`; `limit` seconds is the longest that a command may take.

    `lossless`: the line holds what the firmware has not read yet, as a simulator's does, so commands need not wait for answers.
    """

    def __init__(self, stream: Stream, limit: float = 30.0, *, lossless: bool = False) -> None:
        self._stream = stream
        self._limit = limit
        self._lossless = lossless

    def command(self, text: str, limit: float | None = None) -> list[str]:
        """Send one command and return the lines of its answer without the last. Raises ToolError for errors and silence."""
        (answer,) = self.commands([text], limit)
        return answer

    def commands(self, texts: Sequence[str], limit: float | None = None) -> list[list[str]]:
        """The answers to several commands, all sent at once where the line allows it."""
        if not self._lossless and len(texts) > 1:
            return [self.command(text, limit) for text in texts]
        self._stream.write("".join(f"{text}%" for text in texts).encode())
        limit = limit or self._limit
        end = time.monotonic() + limit
        pending, answers, lines = b"", list[list[str]](), list[str]()
        while True:
            *whole, pending = pending.split(b"\n")
            for line in (raw.decode("ascii", "replace").strip("\r\0 ") for raw in whole):
                asked = texts[len(answers)].split()[0]
                if line.startswith(("e-[", "tk-fault")):
                    raise ToolError(f"the firmware answers {asked!r} with {line}")
                if line != _READY:
                    lines.append(line)
                    continue
                answers.append(lines)
                lines = []
                if len(answers) == len(texts):
                    return answers
            data = self._stream.read(max(end - time.monotonic(), 0.001))
            if not data:
                raise ToolError(
                    f"the firmware does not answer {texts[len(answers)].split()[0]!r} ({limit:g} s)",
                    hint="is it a firmware that tinykit made?",
                )
            pending += data

    def model(self) -> str:
        """The benchmark's name of the model."""
        return self._one(_MODEL, self.command("profile"))

    def load(self, data: bytes) -> None:
        """Bring an input to the device."""
        lines = [f"db {data[at : at + BYTES_A_LINE].hex()}" for at in range(0, len(data), BYTES_A_LINE)]
        if "m-load-done" not in self.commands([f"db load {len(data)}", *lines])[-1]:
            raise ToolError("the firmware did not take the whole input", hint="bytes were lost on the line; try again")

    def infer(self, times: int, warmups: int, limit: float | None = None) -> Inference:
        """Run the loaded input: `warmups` times, then `times` times on the clock."""
        lines = self.command(f"infer {times} {warmups}", limit)
        laps = [int(found[1]) for line in lines if (found := _LAP.fullmatch(line))]
        values = self._one(_RESULTS, lines)
        try:
            results = tuple(float(word) for word in values.split(","))
        except ValueError:
            raise ToolError(f"the firmware's results are no numbers: {values[:60]}") from None
        if len(laps) != 2 or laps[1] < laps[0]:
            raise ToolError("the firmware did not say how long the inference took")
        return Inference(laps[1] - laps[0], results)

    @staticmethod
    def _one(pattern: re.Pattern[str], lines: list[str]) -> str:
        for line in lines:
            if found := pattern.fullmatch(line):
                return found[1]
        raise ToolError(f"the firmware answered {' / '.join(lines)[:80]!r}", hint="is it a firmware that tinykit made?")
