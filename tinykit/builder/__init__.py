"""Building: PlatformIO for boards, the system's compiler for this computer."""

from tinykit.builder.build import build, build_guarding_layers
from tinykit.builder.firmware import Firmware

__all__ = ["Firmware", "build", "build_guarding_layers"]
