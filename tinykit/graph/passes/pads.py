"""A PAD in front of convolutions becomes part of their padding, so that the padded map is never stored."""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import Graph, Op
from tinykit.graph.passes.rewrite import is_output, with_attrs, with_ops

_PADS = ("PAD", "PADV2")
_FOLDS_INTO = ("CONV_2D", "DEPTHWISE_CONV_2D")


def fold_pads(graph: Graph) -> Graph:
    """Fold every spatial PAD whose readers are all convolutions.

    Exact because TFLite pads with the zero point, which is what a convolution takes for whatever lies outside. A pool
    is left alone: an average does not count its own padding but counts a padded map's.
    """
    folded = {op.outputs[0]: op for op in graph.ops if op.kind in _PADS and _folds(graph, op)}
    ops = [_absorb(op, folded) for op in graph.ops if op.outputs[0] not in folded]
    return with_ops(graph, ops) if folded else graph


def _folds(graph: Graph, pad: Op) -> bool:
    assert pad.inputs[0] is not None
    source, target = graph.tensors[pad.inputs[0]], graph.tensors[pad.outputs[0]]
    paddings = pad.attrs["paddings"]
    spatial = len(paddings) == 4 and paddings[0] == paddings[3] == (0, 0)
    readers = graph.consumers(pad.outputs[0])
    return (
        spatial
        and source.quant == target.quant
        and ("value" not in pad.attrs or (target.quant is not None and target.quant.zero_point == (pad.attrs["value"],)))
        and bool(readers)
        and not is_output(graph, pad.outputs[0])
        and all(r.kind in _FOLDS_INTO and r.inputs[0] == pad.outputs[0] for r in readers)
        and all(t.alias_of != pad.outputs[0] for t in graph.tensors.values())
    )


def _absorb(op: Op, folded: dict[int, Op]) -> Op:
    pad = folded.get(op.inputs[0]) if op.inputs and op.inputs[0] is not None else None
    if pad is None:
        return op
    _, rows, cols, _ = pad.attrs["paddings"]
    top, bottom, left, right = op.attrs["padding"]
    padding = (top + rows[0], bottom + rows[1], left + cols[0], right + cols[1])
    return with_attrs(replace(op, inputs=(pad.inputs[0], *op.inputs[1:])), padding=padding)
