"""Random models are ones the reference interpreter runs and tinykit accepts, and they vary."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

from tests.support.random_graphs import random_graphs
from tests.support.reference import random_inputs, run_reference
from tinykit.graph.reader import parse


def test_reference_accepts_every_random_model() -> None:
    kinds: Counter[str] = Counter()
    saturated: list[float] = []

    @given(random_graphs())
    @settings(
        max_examples=400,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def accept(model: tuple[bytes, int]) -> None:
        data, seed = model
        outputs = run_reference(data, random_inputs(data, seed))
        kinds.update({op.kind for op in parse(data, name="random", source="random.tflite").ops})
        saturated.append(float((abs(outputs[0].astype(float)) >= 127).mean()))

    accept()
    assert len(kinds) >= 35, kinds
    # Neither all outputs at an end of the range nor none.
    assert 0.05 < sum(saturated) / len(saturated) < 0.7
