"""PAD and PADV2, where they were not folded into the operator behind them."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.errors import InputError
from tinykit.graph.ir import DType, Shape
from tinykit.ops.axes import Axis, braces, joined, padded, strides
from tinykit.ops.base import Access, Core, Field, Kernel, Node, Operator, Params, Region
from tinykit.ops.checks import check_same_type

_LOOPS = 4


def _paddings(node: Node) -> list[tuple[int, int]]:
    return list(node.attrs["paddings"])


def _value(node: Node) -> int:
    """What a PADV2 says, or the zero point; 0 of reals."""
    zero = 0 if node.output.dtype is DType.FLOAT32 else node.quant(node.output).zero_point[0]
    value: int = node.attrs.get("value", zero)
    return value


def _fill(node: Node) -> int:
    """The byte that all bytes of the value are."""
    return _value(node) if node.output.dtype is DType.INT8 else 0


def _is_map(node: Node, core: Core) -> bool:
    shape = node.input().shape
    return len(shape) == 4 and shape[0] == 1 and _paddings(node)[0] == (0, 0)


def _row_params(node: Node) -> Params:
    _, _, width, channels = node.input().shape
    (left, _), (before, after) = _paddings(node)[2:]
    size = node.output.dtype.size
    fields: dict[str, Field] = {
        "width": width,
        "channels": channels * size,
        "left": left,
        "before": before * size,
        "after": after * size,
        "value": _fill(node),
    }
    return Params("tk_pad", fields)


def _row_cost(node: Node) -> Mapping[str, float]:
    _, height, width, _ = node.output.shape
    return {"byte": node.output.bytes, "pixel": height * width if any(_paddings(node)[3]) else 0}


def _padded_shape(node: Node) -> Shape:
    sizes = zip(node.input().shape, _paddings(node), strict=True)
    return tuple(size + before + after for size, (before, after) in sizes)


def _runs(node: Node) -> tuple[list[Axis] | None, int]:
    """Axes of the input with their steps in the output, and the bytes of a run along which both are contiguous."""
    axes = joined(list(zip(node.input().shape, strides(_padded_shape(node)), strict=True)))
    run = axes.pop()[0] if axes and axes[-1][1] == 1 else 1
    return padded(axes, _LOOPS, 1), run


def _tensor_params(node: Node) -> Params:
    axes, run = _runs(node)
    assert axes is not None
    out, element = _padded_shape(node), node.output.dtype.size
    first = sum(before * step for (before, _), step in zip(_paddings(node), strides(out), strict=True))
    fields: dict[str, Field] = {
        "bytes": node.output.bytes,
        "first": first * element,
        "count": braces([size for size, _ in axes]),
        "stride": braces([step * element for _, step in axes]),
        "run": run * element,
        "value": _fill(node),
    }
    return Params("tk_pad_tensor", fields)


def _tensor_cost(node: Node) -> Mapping[str, float]:
    return {"byte": node.output.bytes, "run": node.input().elements / _runs(node)[1]}


class Pad(Operator):
    kind = "PAD"
    kernels = (
        Kernel("tk_pad_row_s8", "tk_pad", True, _row_params, accepts=_is_map, any_width=False, cost=_row_cost),
        Kernel("tk_pad_tensor_s8", "tk_pad", False, _tensor_params, cost=_tensor_cost),
    )

    def check(self, node: Node) -> None:
        check_same_type(node, node.input(), node.output)
        if node.output.dtype is not DType.INT8 and _value(node) != 0:
            raise InputError(f"{node.where}: {node.output.dtype.value} tensors are padded with 0 only")
        if any(min(pair) < 0 for pair in _paddings(node)):
            raise InputError(f"{node.where}: negative paddings are not supported")
        if _runs(node)[0] is None:
            raise InputError(f"{node.where}: padding this many axes is not supported")

    def infer(self, node: Node) -> tuple[Shape, ...]:
        return (_padded_shape(node),)

    def region(self, node: Node, index: int) -> Region | None:
        (top, _), (left, _) = _paddings(node)[1:3]
        return Region(Access(before=top), Access(before=left))


class PadV2(Pad):
    kind = "PADV2"


PAD = Pad()
PADV2 = PadV2()
