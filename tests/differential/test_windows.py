"""Results computed again for each window: random expansions in front of random windows, in every unit, whole and streamed."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tinykit.builder.host import build_host
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph import load
from tinykit.ops.base import Core
from tinykit.planner.blocks import Candidate, Candidates
from tinykit.planner.build import build_plan
from tinykit.planner.check import check_plan
from tinykit.planner.uses import Uses
from tinykit.renderer.library import write_library
from tinykit.renderer.model import model_code
from tinykit.samples import random_samples
from tinykit.targets.host import HostDevice


def expansion(choice: random.Random) -> bytes:
    """Perhaps a window, then a point-wise convolution, then a window."""
    rng = np.random.default_rng(choice.randrange(1 << 30))
    b = ModelBuilder()
    shape = (choice.randint(5, 11), choice.randint(5, 11), choice.choice((1, 3, 4)))
    at = b.input((1, *shape), scale=0.1, zero_point=-5)

    def conv(x: int, size: tuple[int, ...], kernel: tuple[int, int], outputs: int) -> tuple[int, tuple[int, ...]]:
        stride = (choice.choice((1, 1, 2)), choice.choice((1, 1, 2))) if kernel != (1, 1) else (1, 1)
        padding = choice.choice(("SAME", "VALID"))
        ends = zip(size[:2], kernel, stride, strict=True)
        out = tuple(-(-n // s) if padding == "SAME" else (n - k) // s + 1 for n, k, s in ends)
        options = {"stride": stride, "padding": padding, "scale": 0.3, "zero_point": 4}
        if outputs:
            w = b.constant(rng.integers(-60, 60, (outputs, *kernel, size[2])).astype(np.int8), scale=0.01)
            return b.op("CONV_2D", [x, w], shape=(1, *out, outputs), **options), (*out, outputs)
        w = b.constant(rng.integers(-90, 90, (1, *kernel, size[2])).astype(np.int8), scale=np.full(size[2], 0.02), axis=3)
        y = b.op("DEPTHWISE_CONV_2D", [x, w], shape=(1, *out, size[2]), depth_multiplier=1, **options)
        return y, (*out, size[2])

    if choice.randint(0, 2):
        at, shape = conv(at, shape, (3, 2), 4)
    at, shape = conv(at, shape, (1, 1), choice.choice((5, 8)))
    windows = [(h, w) for h in (2, 3, 5) for w in (2, 3) if h <= shape[0] and w <= shape[1]]
    at, shape = conv(at, shape, choice.choice(windows), choice.choice((0, 6)))
    return b.build([at])


def blocks_with_windows(candidates: Candidates, choice: random.Random) -> list[Candidate]:
    blocks: list[Candidate] = []
    while (at := blocks[-1].end if blocks else 0) < len(candidates.uses.writes):
        every = list(candidates.from_op(at))
        fitting = [block for block in every if any(held.hold == "window" for held in block.storage)]
        blocks.append(choice.choice(fitting or every))
    return blocks


@pytest.mark.parametrize("seed", range(14))
def test_every_byte(seed: int, tmp_path: Path) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    choice = random.Random(seed)
    path = tmp_path / "expansion.tflite"
    path.write_bytes(expansion(choice))
    interpreter = runtime.Interpreter.from_bytes(path.read_bytes())
    graph = load(path)
    uses = Uses(graph, Core("cortex-m7", dsp=True))
    candidates = Candidates(uses, units=(1, 2, 3), stream_input=seed % 2 == 1, wasteful=True)
    plan = build_plan(uses, blocks_with_windows(candidates, choice), board="host", objective="min-ram", scheme="auto")
    assert any(held.hold == "window" for block in plan.blocks for held in block.storage)
    check_plan(plan, uses)
    library = tmp_path / graph.name
    write_library(model_code(graph, plan, uses), library)
    device = HostDevice(build_host(library, out=tmp_path / "built", optimize="-O0", defines=["TK_DSP=1"]), graph.name)
    for sample in random_samples(graph, 2).inputs:
        interpreter.set_input(sample[0], 0)
        interpreter.invoke()
        np.testing.assert_array_equal(device.run(sample)[0], interpreter.get_output(0))
