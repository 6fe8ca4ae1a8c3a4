"""PlatformIO's own part of a manifest: what of it goes into file names and commands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tinykit.boards.values import mapping, number
from tinykit.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_HERTZ = re.compile(r"[1-9][0-9]{0,11}L")
PROTOCOLS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "openocd": [("openocd_interface", "openocd_target"), ("openocd_board",)],
    "pyocd": [("pyocd_target",)],
    "stlink": [()],
}
"""What flashes, and the keys of `upload` that it needs: all of one of these."""


def check_platformio(manifest: Mapping[str, Any], id: str, where: str) -> None:
    """Raise InputError naming the key for a value that could be anything but what the key is called."""
    build = mapping(manifest.get("build"), f"{where}: build")
    upload = mapping(manifest.get("upload"), f"{where}: upload")
    for key in ("cpu", "mcu"):
        _matches(_NAME, build.get(key), f"{where}: build.{key} must be a name such as cortex-m4")
    _matches(_HERTZ, build.get("f_cpu"), f"{where}: build.f_cpu must be a clock in Hz such as 216000000L")
    if build.get("ldscript") != f"{id}.ld":
        raise InputError(f"{where}: build.ldscript must be {id}.ld")
    for key in ("maximum_size", "maximum_ram_size"):
        number(upload, key, f"{where}: upload")
    protocol = upload.get("protocol")
    if protocol not in (None, *PROTOCOLS):
        raise InputError(f"{where}: upload.protocol must be one of {', '.join(PROTOCOLS)}")
    if not isinstance(upload.get("protocols", []), list):
        raise InputError(f"{where}: upload.protocols must be a list")
    choices = PROTOCOLS.get(str(protocol), [()])
    needed = next((keys for keys in choices if upload.keys() >= {*keys}), choices[0])
    known = {key for choices in PROTOCOLS.values() for keys in choices for key in keys}
    for key in sorted({*needed, *(known & upload.keys())}):
        _matches(_NAME, upload.get(key), f"{where}: upload.{key} must be a name the tool knows, such as stm32f7x")


def _matches(pattern: re.Pattern[str], value: object, otherwise: str) -> None:
    if not (isinstance(value, str) and pattern.fullmatch(value)):
        raise InputError(otherwise, hint="docs/boards.md describes the format")
