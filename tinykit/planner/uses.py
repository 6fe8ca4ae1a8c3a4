"""Who writes and reads each stored tensor, and when: the facts every part of the planner asks for.

Only tensors that occupy memory count: constants lie in flash, and a reshaped view counts as the tensor it views.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tinykit.graph.ir import Graph, Tensor
from tinykit.ops.base import Core, Kernel, Node, Region
from tinykit.ops.registry import OPERATORS
from tinykit.planner.grid import Grid, grid_of


@dataclass(frozen=True)
class Read:
    """Operator input `index` reads `tensor` (its storage); `region` is None when it needs the whole of it."""

    index: int
    tensor: int
    region: Region | None


class Uses:
    """A graph's storage, indexed: `writes[i]`, `reads[i]` and `kernels[i]` of operator i; first and last use of each tensor.

    `lean[i]` is the kernel that needs the least scratch; it differs from `kernels[i]` in nothing else that planning sees.
    """

    def __init__(self, graph: Graph, core: Core) -> None:
        self.graph = graph
        self.core = core
        self._grids: dict[tuple[int, int], Grid] = {}
        self.nodes = tuple(Node(graph, op) for op in graph.ops)
        self.kernels: tuple[Kernel, ...] = tuple(OPERATORS[n.op.kind].kernel(n, core) for n in self.nodes)
        self.lean: tuple[Kernel, ...] = tuple(OPERATORS[n.op.kind].kernel(n, core, lean=True) for n in self.nodes)
        self.reducers: tuple[Kernel | None, ...] = tuple(self._reducer(n) for n in self.nodes)
        self.writes: tuple[tuple[int, ...], ...] = tuple(op.outputs for op in graph.ops)
        self.reads: tuple[tuple[Read, ...], ...] = tuple(self._reads(i) for i in range(len(graph.ops)))
        self.variables = graph.variables
        self.producer: dict[int, int] = {
            t: i for i, outputs in enumerate(self.writes) for t in outputs if t not in self.variables
        }
        self.consumers: dict[int, list[int]] = {}
        for i, reads in enumerate(self.reads):
            for read in reads:
                users = self.consumers.setdefault(read.tensor, [])
                if i not in users:
                    users.append(i)
        self.inputs = tuple(dict.fromkeys(graph.storage(p.tensor) for p in graph.inputs))
        self.outputs = tuple(dict.fromkeys(s for p in graph.outputs if not graph.is_constant(s := graph.storage(p.tensor))))

    def _reducer(self, node: Node) -> Kernel | None:
        """The kernel that computes `node` while its only input is produced, None where there is none."""
        variables = [t for t in node.op.inputs if t is not None and not self.graph.is_constant(self.graph.storage(t))]
        for kernel in OPERATORS[node.op.kind].reducers:
            if len(variables) == 1 and kernel.accepts(node, self.core):
                root = self.tensor(self.graph.storage(variables[0]))
                if kernel.any_width or root.shape[-1:] == self.tensor(variables[0]).shape[-1:]:
                    return kernel
        return None

    def kernel(self, op: int, *, reduces: bool = False, lean: bool = False) -> Kernel:
        """What computes operator `op`, on its own or, `reduces`, while its input is produced."""
        reducer = self.reducers[op]
        return reducer if reduces and reducer is not None else self.lean[op] if lean else self.kernels[op]

    def choices(self, op: int, *, reduces: bool = False) -> dict[str, Kernel]:
        """Every kernel that a plan may name for operator `op`."""
        return {k.name: k for lean in (False, True) for k in [self.kernel(op, reduces=reduces, lean=lean)]}

    def _reads(self, i: int) -> tuple[Read, ...]:
        op, node = self.graph.ops[i], self.nodes[i]
        declared = OPERATORS[op.kind]
        found = []
        for index, tensor in enumerate(op.inputs):
            if tensor is None or self.graph.is_constant(root := self.graph.storage(tensor)):
                continue
            region = declared.region(node, index) if self.kernels[i].rows else None
            found.append(Read(index, root, region))
        return tuple(found)

    def tensor(self, tensor: int) -> Tensor:
        return self.graph.tensors[tensor]

    def view(self, op: int, read: Read) -> Tensor:
        """What operator `op` reads, in the shape in which it sees it."""
        return self.nodes[op].input(read.index)

    def grid(self, tensor: int, unit: int = 0) -> Grid:
        """The tensor in units of `unit` pixels; 0: whole rows."""
        if (tensor, unit) not in self._grids:
            self._grids[tensor, unit] = grid_of(self.tensor(tensor), unit)
        return self._grids[tensor, unit]

    def size(self, tensor: int) -> int:
        """Bytes a whole tensor takes in the arena: every buffer starts on a word."""
        return align(self.graph.tensors[tensor].bytes)

    def span(self, tensor: int) -> tuple[int, int]:
        """First and last operator during which `tensor` must be in memory, both included.

        An input is there from the start (-1), an output to the end (the number of operators), a variable all the time.
        """
        if tensor in self.variables:
            return -1, len(self.writes)
        first = self.producer.get(tensor, -1)
        last = max(self.consumers.get(tensor, [first]))
        return first, len(self.writes) if tensor in self.outputs else last

    @property
    def stored(self) -> tuple[int, ...]:
        """Every tensor that needs memory."""
        written = (t for outputs in self.writes for t in outputs)
        return tuple(dict.fromkeys((*self.inputs, *self.variables, *written, *self.outputs)))

    def streams(self, i: int, first: int) -> bool:
        """Whether operator i can be computed row by row in a block of the operators from `first` on: a row kernel, one output,
        and of what the block produces rows of the same kind on both sides. `first` is -1 where it also takes in the input."""
        if not self.kernels[i].rows or len(self.writes[i]) != 1 or self.writes[i][0] in self.variables:
            return False
        if not self.reads[i] or any(read.region is None for read in self.reads[i]):
            return False
        pairs = self._produced(i, first)
        return all((view.rows, view.row_bytes) == (root.rows, root.row_bytes) for view, root in pairs)

    def streams_pixels(self, i: int, first: int) -> bool:
        """Whether operator i, which can be computed row by row, can be computed pixel by pixel: of the same pixels too."""
        return all(view.shape[-1:] == root.shape[-1:] for view, root in self._produced(i, first))

    def _produced(self, i: int, first: int) -> Iterator[tuple[Tensor, Tensor]]:
        """What operator i reads, as it sees it and as it is held, of tensors that operators from `first` on write."""
        for read in self.reads[i]:
            if self.producer.get(read.tensor, -1) >= first:
                yield self.view(i, read), self.tensor(read.tensor)


def align(size: int, to: int = 4) -> int:
    """`size` rounded up to a multiple of `to` bytes."""
    return -(-size // to) * to
