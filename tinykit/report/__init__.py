"""What a command found out, and its forms: JSON and a table for the terminal."""

from tinykit.report.model import Accuracy, Block, Flash, Inputs, Instructions, Layer, PlanSummary, Point, Report, Sram, Stream

__all__ = ["Accuracy", "Block", "Flash", "Inputs", "Instructions", "Layer", "PlanSummary", "Point", "Report", "Sram", "Stream"]
