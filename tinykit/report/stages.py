"""Stages on the terminal while they run: a spinner or bar on a terminal, one plain line a stage elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from tinykit.progress import Stage
from tinykit.report.model import Report


class TerminalProgress:
    """Shows each stage on `console`; keeps the last report, for a failure to show."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.last: Report | None = None

    def report(self, report: Report) -> None:
        self.last = report

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator[Stage]:
        start = time.monotonic()
        shown = _Bar(self._console, name, doing) if self._console.is_terminal else _Line()
        try:
            with shown:
                yield shown
        except BaseException:
            self._console.print(_line(name, f"{doing}: failed", start, "red"))
            raise
        self._console.print(_line(name, shown.text or doing, start, "green"))


def _line(name: str, text: str, start: float, style: str) -> Text:
    line = Text(f"{name:<9}", style=style)
    line.append(f" {text} ", style="default")
    line.append(f"[{time.monotonic() - start:.1f} s]", style="dim")
    return line


class _Line:
    """A stage where nothing can be redrawn."""

    text = ""

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def advance(self, done: int, total: int) -> None:
        pass

    def result(self, text: str) -> None:
        self.text = text


class _Bar(_Line):
    """A spinner, which becomes a bar when the stage tells how far it is; gone when the stage has ended."""

    def __init__(self, console: Console, name: str, doing: str) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(f"{name:<9} {doing}", total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)
