"""Whole models as programs of their own under the address and undefined behaviour sanitizers."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.conftest import missing
from tests.differential.test_random_graphs import CORES, plans
from tests.support.objects import library_inputs
from tests.support.random_graphs import random_graphs
from tests.support.reference import run_reference
from tinykit.boards import load_board
from tinykit.graph import Graph, load
from tinykit.planner import PlanOptions, plan
from tinykit.planner.format import Plan
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples

GRAPHS = 3
FLAGS = ("-std=c11", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
MAIN = r"""
#include <stdio.h>
#include <stdlib.h>
#include "tk_model.h"

extern const tk_model MODEL;

int main(void)
{
    MODEL.init();
    for (unsigned i = 0; i < MODEL.inputs; i++) {
        void *data = malloc(MODEL.input[i].bytes);
        if (fread(data, 1, MODEL.input[i].bytes, stdin) != MODEL.input[i].bytes)
            return 2;
        MODEL.write_input(i, 0, data, MODEL.input[i].bytes);
        free(data);
    }
    MODEL.invoke();
    for (unsigned i = 0; i < MODEL.outputs; i++) {
        void *data = malloc(MODEL.output[i].bytes);
        MODEL.read_output(i, 0, data, MODEL.output[i].bytes);
        fwrite(data, 1, MODEL.output[i].bytes, stdout);
        free(data);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def compiler() -> str:
    """A compiler that brings the address sanitizer's runtime; zig does not."""
    found = shutil.which("gcc") or shutil.which("clang")
    if found is None:
        missing("neither gcc nor clang is installed")
    return str(found)


def run(compiler: str, graph: Graph, plan: Plan, uses: Uses, inputs: Sequence[np.ndarray], dsp: int, folder: Path) -> bytes:
    """The bytes of all outputs of `plan`; fails on the first thing a sanitizer finds."""
    folder.mkdir(exist_ok=True)
    library = folder / graph.name
    write_library(model_code(graph, plan, uses), library)
    (folder / "main.c").write_text(MAIN)
    command = [compiler, *FLAGS, f"-DTK_DSP={dsp}"]
    files = [*library_inputs(command, library), f"-DMODEL={graph.name}_model", str(folder / "main.c")]
    subprocess.run([*command, *files, "-o", str(folder / "program")], check=True)
    ran = subprocess.run(
        [folder / "program"],
        input=b"".join(np.ascontiguousarray(value).tobytes() for value in inputs),
        capture_output=True,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    return ran.stdout


def test_random_models(compiler: str, tmp_path: Path) -> None:
    @seed(5)
    @settings(max_examples=GRAPHS, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(drawn=random_graphs())
    def check(drawn: tuple[bytes, int]) -> None:
        model, number = drawn
        choice = random.Random(number)
        with tempfile.TemporaryDirectory(dir=tmp_path) as name:
            folder = Path(name)
            (folder / "random.tflite").write_bytes(model)
            graph = load(folder / "random.tflite")
            uses = Uses(graph, choice.choice(CORES))
            (inputs,) = random_samples(graph, 1).inputs
            wanted = b"".join(output.tobytes() for output in run_reference(model, inputs))
            for at, made in enumerate(plans(uses, choice)):
                assert run(compiler, graph, made, uses, inputs, choice.randint(0, 1), folder / str(at)) == wanted

    check()


@pytest.mark.parametrize(("name", "dsp"), [("ad_autoencoder_int8", 0), ("kws_dscnn_int8", 1)])
def test_public_models(compiler: str, shared_models: Path, name: str, dsp: int, tmp_path: Path) -> None:
    path = shared_models / f"{name}.tflite"
    graph = load(path)
    board = load_board("stm32f746")
    (inputs,) = random_samples(graph, 1).inputs
    wanted = b"".join(output.tobytes() for output in run_reference(path.read_bytes(), inputs))
    made = plan(graph, board, PlanOptions(objective="min-ram"))
    assert run(compiler, graph, made, Uses(graph, board.core), inputs, dsp, tmp_path) == wanted
