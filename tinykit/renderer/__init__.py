"""Plan → C: the model as a library, inside a PlatformIO project."""

from tinykit.renderer.project import render

__all__ = ["render"]
