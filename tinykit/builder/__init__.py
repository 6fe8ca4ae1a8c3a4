"""Building: PlatformIO for boards, the system's compiler for this computer."""

from tinykit.builder.build import build
from tinykit.builder.firmware import Firmware

__all__ = ["Firmware", "build"]
