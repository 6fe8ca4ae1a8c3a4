"""docs/json.md and the reports agree."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

from tinykit.errors import InputError
from tinykit.report import Accuracy, Report
from tinykit.report.json import dump, report_values

DOC = Path(__file__).resolve().parents[2] / "docs" / "json.md"


def documented() -> list[str]:
    table = DOC.read_text().split("|---|---|---|\n")[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_field_is_documented_and_no_other() -> None:
    values = report_values(Report("deploy"), InputError("no", hint="yes"))
    assert list(values) == documented()


def test_fields_of_the_parts_are_documented() -> None:
    text = DOC.read_text()
    for field in dataclasses.fields(Report):
        part = re.search(r"(\w+) \| None", str(field.type))
        kind = getattr(__import__("tinykit.report", fromlist=["x"]), part[1], None) if part else None
        if dataclasses.is_dataclass(kind):
            row = next(line for line in text.splitlines() if line.startswith(f"| `{field.name}`"))
            for name in (f.name for f in dataclasses.fields(kind)):
                assert f"`{name.replace('float32', 'float')}`" in row


def test_success_has_no_error_field() -> None:
    values = json.loads(dump(report_values(Report("deploy", accuracy=Accuracy(float32=0.5, samples=2)))))
    assert "error" not in values and "hint" not in values
    assert values["accuracy"] == {"float": 0.5, "int8": None, "target": None, "samples": 2}


def test_exit_codes() -> None:
    assert Report("deploy", bit_exact=True).exit_code == 0
    assert Report("deploy", bit_exact=False).exit_code == 1
    assert Report("validate").exit_code == 4
    assert Report("plan").exit_code == 0
