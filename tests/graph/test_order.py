"""The order of operators where a graph branches."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from tests.graph.test_passes import conv, simplified
from tests.support.random_graphs import random_graphs
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.graph.ir import Graph
from tinykit.graph.passes import run_passes
from tinykit.graph.passes.order import order
from tinykit.graph.passes.rewrite import with_ops
from tinykit.graph.reader import parse

QUANT: dict[str, Any] = {"scale": 0.1, "zero_point": -10}


def branches(count: int, length: int) -> bytes:
    """`count` branches from one input, the first operator of each first, then the second of each; joined at the end. A
    branch's first operator widens."""
    b = ModelBuilder()
    x = b.input((1, 6, 6, 2), **QUANT)
    ends = [pointwise(b, x, 2, 16) for _ in range(count)]
    for _ in range(length - 2):
        ends = [pointwise(b, end, 16, 16) for end in ends]
    ends = [pointwise(b, end, 16, 2) for end in ends]
    return b.build([b.op("CONCATENATION", ends, shape=(1, 6, 6, 2 * count), axis=3, **QUANT)])


def pointwise(b: ModelBuilder, x: int, inputs: int, outputs: int) -> int:
    w = b.constant(np.random.default_rng(outputs).integers(-9, 9, (outputs, 1, 1, inputs)).astype(np.int8), scale=0.02)
    return b.op("CONV_2D", [x, w], shape=(1, 6, 6, outputs), **QUANT)


def peak(graph: Graph) -> int:
    """Most bytes of whole tensors alive in one step."""
    last = {graph.storage(t): n for n, op in enumerate(graph.ops) for t in op.inputs if t is not None}
    last |= {graph.storage(p.tensor): len(graph.ops) for p in graph.outputs}
    born = {t: n for n, op in enumerate(graph.ops) for t in op.outputs}
    alive = {t: (born.get(t, -1), last.get(t, born.get(t, -1))) for t in {*born, *last} if not graph.is_constant(t)}
    steps = range(len(graph.ops))
    return max((sum(graph.tensors[t].bytes for t, (a, z) in alive.items() if a <= n <= z) for n in steps), default=0)


def test_a_branch_is_finished_before_the_next_begins() -> None:
    graph = simplified(branches(3, 2))
    before = parse(branches(3, 2), name="net", source="net.tflite")
    assert peak(graph) < peak(before)
    for first, second in zip(graph.ops[:6:2], graph.ops[1:6:2], strict=True):
        assert first.outputs[0] in second.inputs


def test_many_branches_are_ordered_in_time() -> None:
    graph = parse(branches(16, 3), name="net", source="net.tflite")
    assert peak(order(graph)) < peak(graph)


def test_a_chain_is_left_alone() -> None:
    b = ModelBuilder()
    graph = parse(b.build([conv(b, conv(b, b.input((1, 6, 6, 4), **QUANT)))]), name="net", source="net.tflite")
    assert order(graph) is graph


@given(random_graphs(most=12))
@settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_no_order_is_worse_than_the_files(model: tuple[bytes, int]) -> None:
    graph = run_passes(parse(model[0], name="net", source="net.tflite"))
    place = {op.label: n for n, op in enumerate(parse(model[0], name="net", source="net.tflite").ops)}
    in_file = with_ops(graph, sorted(graph.ops, key=lambda op: place.get(op.label, 0)))
    assert peak(graph) <= peak(in_file)
