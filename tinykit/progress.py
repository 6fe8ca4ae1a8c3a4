"""How the pipeline tells what it is doing: callbacks that a terminal, a notebook or nobody listens to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tinykit.report import Report


class Stage(Protocol):
    """One running stage."""

    def advance(self, done: int, total: int) -> None:
        """`done` of `total` steps are finished."""

    def result(self, text: str) -> None:
        """What came out, as one line; shown when the stage has ended."""


class Progress(Protocol):
    """What a pipeline function reports to while it runs."""

    def stage(self, name: str, doing: str) -> AbstractContextManager[Stage]:
        """Enter a stage; leaving it with an exception means that it failed."""

    def report(self, report: Report) -> None:
        """What is known so far, so that a failure can still show it."""


class _Silent:
    """Listens to nothing."""

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator[Stage]:
        yield self

    def advance(self, done: int, total: int) -> None:
        pass

    def result(self, text: str) -> None:
        pass

    def report(self, report: Report) -> None:
        pass


SILENT: Progress = _Silent()
