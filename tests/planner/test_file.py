"""plan.json is read back exactly, and a bad one is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from tinykit.errors import InputError
from tinykit.planner.file import from_json, read_plan, to_json, write_plan
from tinykit.planner.format import Arena, Block, Buffer, Overlap, Plan, Storage

PLAN = Plan(
    model="m",
    model_path="m.tflite",
    model_sha256="00" * 32,
    board="stm32f746",
    core="cortex-m7",
    objective="fastest",
    scheme="auto",
    stream_input=False,
    blocks=(
        Block((0, 1), "rows", (Storage(4, "ring", 3), Storage(5, "line", 2, 7)), strips=2, streamed=True),
        Block((2,), "layer", instructions=12, macs=3),
    ),
    buffers=(Buffer("t1", 1, "sram", 0, 64, 0, 1), Buffer("scratch0", None, "sram", 64, 16, 0, 0)),
    overlaps=(Overlap(1, "t2", "t1", 8),),
    arenas=(Arena("sram", 80), Arena("dtcm", 16)),
    kernels={0: "tk_a", 1: "tk_b"},
    optimal=True,
    lower_bound=80,
)


def test_read_back_exactly(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == PLAN


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("schema", 99, "schema 99"),
        ("blocks", 3, "plan.blocks"),
        ("blocks", [{"ops": [0], "mode": "sideways"}], "plan.blocks[0].mode: expected 'layer' or 'rows'"),
        ("blocks", [{"ops": [0.5], "mode": "rows"}], "plan.blocks[0].ops[0]: expected int"),
        ("blocks", [{"mode": "rows"}], "field 'ops' is missing"),
        ("kernels", {"x": "tk"}, "kernels"),
        ("colour", "red", "unknown field 'colour'"),
        ("stream_input", 0, "plan.stream_input: expected bool"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        from_json({**json.loads(json.dumps(to_json(PLAN))), field: value})
    assert message in error.value.message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"plan\.json"):
        read_plan(path)
