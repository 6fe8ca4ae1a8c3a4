"""Where a command's words go: the result to stdout, its progress and its failures to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import typer

from tinykit.errors import TinykitError

if TYPE_CHECKING:
    from tinykit.progress import Progress
    from tinykit.report import Report


class Output:
    """One command's output, as text or as one JSON object."""

    def __init__(self, command: str, as_json: bool) -> None:
        self.command = command
        self.as_json = as_json
        self._progress: Progress | None = None

    @classmethod
    def of(cls, context: typer.Context, as_json: bool) -> Output:
        """The running command's, made before its options were read."""
        output: Output = context.obj
        output.as_json = as_json
        return output

    @property
    def progress(self) -> Progress:
        """Shows the stages on stderr."""
        if self._progress is None:
            from rich.console import Console

            from tinykit.report.stages import TerminalProgress

            self._progress = TerminalProgress(Console(stderr=True, highlight=False))
        return self._progress

    def report(self, report: Report, *, blocks: bool = False, layers: bool = False) -> int:
        """Print the outcome, with a row for each step of the plan if `blocks` and for each of the model's layers if
        `layers`, and return the exit code."""
        if self.as_json:
            self._dump(report)
        else:
            from rich.console import Console

            from tinykit.report.blocks import print_blocks
            from tinykit.report.layers import print_layers
            from tinykit.report.terminal import print_report

            console = Console(highlight=False)
            if blocks:
                print_blocks(report, console)
            if layers:
                print_layers(report, console)
            print_report(report, console)
        return report.exit_code

    def listing(self, name: str, items: Sequence[Any], columns: Sequence[tuple[str, str]]) -> None:
        """Print dataclasses as a table of (heading, attribute) `columns`, or all of them as JSON."""
        from tinykit.report.json import dump, listing_values

        if self.as_json:
            values = [asdict(item) if is_dataclass(item) and not isinstance(item, type) else item for item in items]
            sys.stdout.write(dump(listing_values(name, values)))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0))
        for number, (heading, _) in enumerate(columns):
            table.add_column(heading, header_style="bold", overflow="fold", no_wrap=number == 0)
        for item in items:
            cells = [item[a] if isinstance(item, dict) else getattr(item, a) for _, a in columns]
            table.add_row(*(Text(_cell(cell)) for cell in cells))
        Console(highlight=False, width=None if sys.stdout.isatty() else _ONE_LINE).print(table)

    def failure(self, error: TinykitError) -> int:
        """Print why the command failed and return the exit code."""
        if self.as_json:
            from tinykit.report import Report

            last = getattr(self._progress, "last", None)
            self._dump(last or Report(command=self.command), error)
        else:
            sys.stderr.write(f"tinykit: {error.message}\n")
            if error.hint:
                sys.stderr.write(f"  {error.hint}\n")
        return error.exit_code

    def _dump(self, report: Report, error: TinykitError | None = None) -> None:
        from tinykit.report.json import dump, report_values

        sys.stdout.write(dump(report_values(report, error)))


_ONE_LINE = 400
"""Columns, where no terminal says how many it has: each row stays one line, as grep wants it."""


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value or "–")
