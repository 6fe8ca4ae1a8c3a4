"""Hundreds of random models under plans of every kind, on this computer and on an emulated core: the slow suite."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.conftest import missing
from tests.differential.test_random_graphs import compare_plans, plans
from tests.kernels import thumb
from tests.support.objects import library_inputs
from tests.support.random_graphs import random_graphs
from tests.support.random_int16 import random_int16_model
from tests.support.reference import run_reference, runtime
from tinykit.graph import Graph, load
from tinykit.ops.base import Core
from tinykit.planner.format import Plan
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples

SHARDS, GRAPHS, GRAPHS_16 = 10, 30, 6
CORE = "cortex-m4"
MAIN = r"""
#include <stddef.h>
#include "tk_model.h"

extern const tk_model MODEL;
static const unsigned char inputs[] = { INPUTS };
unsigned char written[1 << 16];
size_t length;

void _start(void);
void _start(void)
{
    MODEL.init();
    for (size_t i = 0, at = 0; i < MODEL.inputs; at += MODEL.input[i].bytes, i++)
        MODEL.write_input((unsigned)i, 0, inputs + at, MODEL.input[i].bytes);
    MODEL.invoke();
    for (size_t i = 0; i < MODEL.outputs; length += MODEL.output[i].bytes, i++)
        MODEL.read_output((unsigned)i, 0, written + length, MODEL.output[i].bytes);
}
"""

relaxed = settings(max_examples=GRAPHS, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_on_this_computer(shard: int, tmp_path: Path) -> None:
    interpreters, count = runtime(), 0

    def compare(model: bytes, number: int) -> None:
        nonlocal count
        count += 1
        interpreter = interpreters.Interpreter.from_bytes(model, arena_size=1 << 20)
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            compare_plans(model, random.Random(number), Path(folder), interpreter)

    @seed(1000 + shard)
    @relaxed
    @given(drawn=random_graphs())
    def compare_drawn(drawn: tuple[bytes, int]) -> None:
        compare(*drawn)

    compare_drawn()
    for number in range(GRAPHS_16):
        compare(random_int16_model(1000 + shard * GRAPHS_16 + number), number)
    assert count >= GRAPHS + GRAPHS_16


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_on_the_core_itself(shard: int, tmp_path: Path) -> None:
    if "gcc" not in thumb.compilers():
        missing("arm-none-eabi-gcc is not installed")
    count = 0

    def compare(model: bytes, number: int) -> None:
        nonlocal count
        count += 1
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            compare_on_core(model, random.Random(number), Path(folder))

    @seed(2000 + shard)
    @relaxed
    @given(drawn=random_graphs())
    def compare_drawn(drawn: tuple[bytes, int]) -> None:
        compare(*drawn)

    compare_drawn()
    for number in range(GRAPHS_16):
        compare(random_int16_model(2000 + shard * GRAPHS_16 + number), number)
    assert count >= GRAPHS + GRAPHS_16


def compare_on_core(model: bytes, choice: random.Random, folder: Path) -> None:
    """Assert that one of the plans of `model` gives the reference's bytes on the emulated core."""
    path = folder / "random.tflite"
    path.write_bytes(model)
    graph = load(path)
    uses = Uses(graph, Core(CORE, dsp=True))
    (sample,) = random_samples(graph, 1).inputs
    plan = choice.choice(plans(uses, choice))
    found = thumb._execute(_linked(graph, plan, uses, b"".join(value.tobytes() for value in sample), folder), CORE)
    right = b"".join(np.ascontiguousarray(value).tobytes() for value in run_reference(model, sample))
    assert found == right


def _linked(graph: Graph, plan: Plan, uses: Uses, inputs: bytes, folder: Path) -> Path:
    library = folder / graph.name
    write_library(model_code(graph, plan, uses), library)
    (folder / "main.c").write_text(MAIN.replace("INPUTS", ", ".join(map(str, inputs))))
    (folder / "link.ld").write_text(thumb._LINK)
    target = [f"-mcpu={CORE}", "-mthumb", "-mfloat-abi=soft", "-nostartfiles", "-ffreestanding", "-O1", "-std=c11"]
    compile_command = [*thumb.compilers()["gcc"], *target, "-DTK_DSP=1"]
    files = [*library_inputs(compile_command, library), f"-DMODEL={graph.name}_model", str(folder / "main.c")]
    elf = folder / "random.elf"
    command = [*compile_command, *files, "-Wl,-T,link.ld", "-o", str(elf)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return elf
