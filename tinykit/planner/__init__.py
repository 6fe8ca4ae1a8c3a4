"""The memory planner: how a graph runs within a board's SRAM."""

from __future__ import annotations

from tinykit.planner.file import read_plan, write_plan
from tinykit.planner.format import Plan
from tinykit.planner.planner import PlanOptions, pareto, plan

__all__ = ["Plan", "PlanOptions", "pareto", "plan", "read_plan", "write_plan"]
