"""What goes wrong on a target."""

from tinykit.errors import ToolError


class TargetError(ToolError):
    """The firmware faulted or hung, or its simulator failed."""
