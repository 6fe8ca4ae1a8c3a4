"""SHAPE becomes the constant it is: every tensor's shape is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinykit.graph.ir import Graph
from tinykit.graph.passes.rewrite import with_ops


def fold_shapes(graph: Graph) -> Graph:
    """Replace every SHAPE by its value."""
    ops = [op for op in graph.ops if op.kind == "SHAPE"]
    tensors = dict(graph.tensors)
    for op in ops:
        (source,), (output,) = op.inputs, op.outputs
        assert source is not None
        dtype = tensors[output].dtype.numpy
        tensors[output] = replace(tensors[output], data=np.array(tensors[source].shape, dtype))
    return with_ops(graph, [op for op in graph.ops if op.kind != "SHAPE"], tensors) if ops else graph
