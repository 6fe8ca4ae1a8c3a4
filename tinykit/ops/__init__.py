"""The operators tinykit supports: one declaration a file, found by kind in `OPERATORS`."""

from __future__ import annotations

from tinykit.ops.base import Access, Array, Core, Kernel, Node, Operator, Params, Region

__all__ = ["Access", "Array", "Core", "Kernel", "Node", "Operator", "Params", "Region"]
