"""The passes, one a file, in the order they run; the graph is verified after each."""

from __future__ import annotations

from tinykit.graph.ir import Graph
from tinykit.graph.passes.activations import fuse_activations
from tinykit.graph.passes.dead import remove_dead
from tinykit.graph.passes.dilations import fold_dilations
from tinykit.graph.passes.edges import edges
from tinykit.graph.passes.groups import split_groups
from tinykit.graph.passes.islands import fold_islands
from tinykit.graph.passes.order import order
from tinykit.graph.passes.pads import fold_pads
from tinykit.graph.passes.pieces import pieces
from tinykit.graph.passes.shapes import fold_shapes
from tinykit.graph.passes.tokens import dense_of_tokens
from tinykit.graph.passes.transposes import sink_transposes
from tinykit.graph.passes.variables import read_in_place
from tinykit.graph.passes.views import views
from tinykit.graph.verify import verify

PASSES = (
    *(remove_dead, edges, fold_islands, remove_dead, fold_shapes, pieces, sink_transposes, views),
    *(fold_dilations, fold_pads, fuse_activations, dense_of_tokens, split_groups, read_in_place, remove_dead, order),
)


def run_passes(graph: Graph) -> Graph:
    """Every pass once, in order, with the verifier between them."""
    verify(graph)
    for step in PASSES:
        graph = step(graph)
        verify(graph, after=step.__name__)
    return graph
