"""SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND, as dilated convolutions are exported, become one dilated convolution.

Each batch holds every so many pixels, so that the window's neighbours are that far apart in the map. What the first
pads the last must crop again: padding that stays is never set to a value in tflite_micro.
"""

from __future__ import annotations

from dataclasses import replace

from tinykit.graph.ir import Graph, Op, Shape, Tensor
from tinykit.graph.passes.rewrite import is_output, with_attrs, with_ops

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def fold_dilations(graph: Graph) -> Graph:
    """Fold every such three where nothing else reads what the convolution makes of the batches."""
    for op in graph.ops:
        if op.kind == "BATCH_TO_SPACE_ND" and (found := _dilated(graph, op)) is not None:
            graph = _fold(graph, op, *found)
    return graph


def _dilated(graph: Graph, last: Op) -> tuple[Op, Op, tuple[int, int]] | None:
    """The convolution and the first of the three, with the dilation they come to."""
    conv = _writer(graph, last)
    first = _writer(graph, conv) if conv is not None and conv.kind in _CONVOLUTIONS else None
    if conv is None or first is None or first.kind != "SPACE_TO_BATCH_ND" or first.attrs["block"] != last.attrs["block"]:
        return None
    plain = conv.attrs["stride"] == conv.attrs["dilation"] == (1, 1) and not any(conv.attrs["padding"])
    shared = len(graph.consumers(conv.outputs[0])) > 1 or any(
        is_output(graph, t) for t in graph.tensors if graph.storage(t) == conv.outputs[0]
    )
    source, batches = graph.tensors[_input(first)], graph.tensors[_input(conv)]
    moved = graph.tensors[first.outputs[0]].quant == source.quant == batches.quant
    block = _on_rows_and_columns(first.attrs["block"], source, batches)
    if not plain or shared or not moved or source.shape[0] != 1 or block is None:
        return None
    kept = first.attrs["paddings"] == last.attrs["paddings"]
    return (conv, first, block) if kept else None


def _on_rows_and_columns(block: tuple[int, ...], source: Tensor, batches: Tensor) -> tuple[int, int] | None:
    """The dilation of rows and columns; a sequence lies along one of the two."""
    if len(block) == 2:
        return block[0], block[1]
    if len(source.shape) != 3 or len(batches.shape) != 4 or 1 not in batches.shape[1:3]:
        return None
    return (1, block[0]) if batches.shape[1] == 1 else (block[0], 1)


def _fold(graph: Graph, last: Op, conv: Op, first: Op, dilation: tuple[int, int]) -> Graph:
    tensors = dict(graph.tensors)
    source, output = _input(first), last.outputs[0]
    target, made = source, output
    if len(tensors[source].shape) == 3:
        target, made = (added := max(tensors) + 1), added + 1
        tensors[target] = replace(tensors[source], shape=_as_map(tensors[source].shape, dilation), alias_of=source)
        tensors[made] = replace(tensors[output], shape=_as_map(tensors[output].shape, dilation))
        tensors[output] = replace(tensors[output], alias_of=made)
    dilated = with_attrs(replace(conv, inputs=(target, *conv.inputs[1:]), outputs=(made,)), dilation=dilation)
    return with_ops(graph, [dilated if op is last else op for op in graph.ops if op is not conv], tensors)


def _as_map(shape: Shape, dilation: tuple[int, int]) -> Shape:
    batch, length, channels = shape
    return (batch, 1, length, channels) if dilation[0] == 1 else (batch, length, 1, channels)


def _input(op: Op) -> int:
    assert op.inputs[0] is not None
    return op.inputs[0]


def _writer(graph: Graph, op: Op) -> Op | None:
    return graph.producer(_input(op))
