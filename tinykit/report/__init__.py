"""What a command found out, and its forms: JSON and a table for the terminal."""

from tinykit.report.model import Accuracy, Flash, Inputs, Instructions, PlanSummary, Report, Sram

__all__ = ["Accuracy", "Flash", "Inputs", "Instructions", "PlanSummary", "Report", "Sram"]
