"""How many bytes the packed weights take, where they are copied to memory that is faster than flash."""

from __future__ import annotations

from collections.abc import Mapping

from tinykit.ops.base import Array
from tinykit.planner.format import FLASH, Plan
from tinykit.planner.uses import Uses, align


def packed_bytes(uses: Uses, kernels: Mapping[int, str] | None = None) -> int:
    """Bytes of all constant arrays that the kernels of each operator read (None: the preferred ones)."""
    total = 0
    for op, node in enumerate(uses.nodes):
        choices = {**uses.choices(op, reduces=True), **uses.choices(op)}
        kernel = uses.kernels[op] if kernels is None else choices[kernels[op]]
        total += sum(align(field.values.nbytes) for field in kernel.params(node).fields.values() if isinstance(field, Array))
    return total


def copied_bytes(plan: Plan, uses: Uses) -> int:
    """Bytes of RAM that a plan's weights take: 0 where they stay in flash."""
    return 0 if plan.weights == FLASH else packed_bytes(uses, plan.kernels)
