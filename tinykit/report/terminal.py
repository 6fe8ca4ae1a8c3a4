"""A report as a table for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinykit.report.model import Accuracy, Flash, Instructions, Report, Sram, Stream
from tinykit.sizes import bytes_text


def print_report(report: Report, console: Console) -> None:
    """Write `report` as one table; rows of what is not known are left out."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(report):
        table.add_row(name, value)
    console.print()
    console.print(table)
    for note in report.notes:
        console.print(Text(f"Note: {note}"))


def _rows(report: Report) -> list[tuple[str, Text]]:
    rows: list[tuple[str, str | Text | None]] = [
        ("model", report.model),
        ("board", _joined(report.board, report.target and f"on {report.target}")),
        ("compiler", report.compiler),
        ("result", _verdict(report)),
        ("accuracy", _accuracy(report.accuracy)),
        ("SRAM", _sram(report.sram)),
        ("flash", _flash(report.flash)),
        ("instructions", _instructions(report.instructions)),
        ("plan", _plan(report)),
        ("input", _stream(report.stream)),
        ("project", report.project),
        ("written", report.file),
    ]
    return [(name, value if isinstance(value, Text) else Text(value)) for name, value in rows if value]


def _joined(*parts: str | None, by: str = ", ") -> str:
    return by.join(part for part in parts if part)


def _verdict(report: Report) -> Text | None:
    if report.command not in ("deploy", "validate"):
        return None
    if report.bit_exact is None or report.bytes_compared is None:
        return Text("not verified: no reference could be run", style="yellow")
    inputs = report.inputs
    where = f" over {inputs.count} {_input_kind(inputs.source)} inputs" if inputs else ""
    against = f"{report.reference}{where}"
    if report.bit_exact:
        return Text(f"bit-exact: all {report.bytes_compared:,} output bytes equal {against}", style="green")
    differing = f"{report.bytes_differing:,} of {report.bytes_compared:,} output bytes differ from {against}"
    return Text(differing, style="bold red")


def _input_kind(source: str) -> str:
    return "random" if source == "random" else "real"


def _accuracy(accuracy: Accuracy | None) -> str | None:
    if accuracy is None:
        return None
    parts = [
        f"{name} {value:.1%}"
        for name, value in (
            ("float", accuracy.float32),
            ("int8 on this computer", accuracy.int8),
            ("firmware", accuracy.target),
        )
        if value is not None
    ]
    return f"{_joined(*parts)} of {accuracy.samples} real inputs" if parts else None


def _sram(sram: Sram | None) -> str | None:
    if sram is None:
        return None
    parts = (("arena", sram.arena), ("static", sram.static), ("peak stack", sram.stack))
    return _memory(parts, sram.used, sram.available)


def _flash(flash: Flash | None) -> str | None:
    if flash is None:
        return None
    return _memory((("code", flash.code), ("tables and weights", flash.constants)), flash.used, flash.available)


def _memory(parts: tuple[tuple[str, int | None], ...], used: int, available: int | None) -> str:
    of = f" of {bytes_text(available)} ({used / available:.0%})" if available else ""
    return f"{bytes_text(used)}{of}: " + _joined(*(f"{name} {size:,}" for name, size in parts if size is not None))


def _instructions(instructions: Instructions | None) -> str | None:
    if instructions is None:
        return None
    predicted, measured = instructions.predicted, instructions.measured
    if measured is None:
        return f"{predicted:,} an inference predicted" if predicted is not None else None
    unit = "" if instructions.unit == "instructions" else f" {instructions.unit}"
    text = f"{measured:,}{unit} an inference measured"
    if predicted and instructions.unit == "instructions":
        text += f", {predicted:,} predicted ({predicted / measured - 1:+.1%})"
    return text


def _plan(report: Report) -> str | None:
    plan = report.plan
    if plan is None:
        return None
    work = "no repeated work" if plan.work_factor == 1 else f"{plan.work_factor:.2f} times the work"
    bound = "proven best" if plan.optimal else f"no plan is below {bytes_text(plan.lower_bound)}"
    return _joined(plan.objective, f"scheme {plan.scheme}", work, bound)


def _stream(stream: Stream | None) -> str | None:
    """What the source of a streamed input should know."""
    if stream is None:
        return None
    text = f"streamed in {stream.rows:,} rows, at most {stream.worst:,} instructions after one"
    if stream.period is None:
        return text
    return f"{text}; with one every {stream.period:,} instructions, {stream.waiting:,} wait at most"
