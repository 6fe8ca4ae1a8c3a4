"""What operators with a state of their own share."""

from __future__ import annotations

from tinykit.errors import InputError
from tinykit.graph.ir import Tensor
from tinykit.ops.base import Node
from tinykit.ops.fixed_point import Scale


def check_state(node: Node, index: int) -> Tensor:
    """Input `index`, which the operator's kernel reads and writes; InputError where it is no variable."""
    tensor = node.input(index)
    if tensor.initial is None:
        raise InputError(f"{node.where}: tensor '{tensor.name}' must be a variable", hint="the file is damaged; export it again")
    return tensor


def one_scale(node: Node, tensor: Tensor) -> Scale:
    """Scale and zero point of a tensor of any type, quantised as a whole; InputError for any other."""
    quant = node.quant(tensor)
    ends = 1 << (8 * tensor.dtype.size - 1)
    if quant.per_channel or not quant.scale[0] > 0 or not -ends <= quant.zero_point[0] < ends:
        raise InputError(f"{node.where}: tensor '{tensor.name}' must have one positive scale and a zero point of its type")
    return Scale(quant.scale[0], quant.zero_point[0])
