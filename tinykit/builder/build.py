"""`build`: PlatformIO makes a firmware of a rendered project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tinykit.builder.firmware import Firmware, read_firmware
from tinykit.cache import cache_dir
from tinykit.errors import DoesNotFit, InputError, ToolError
from tinykit.janitor import running, temporary_folder

_GNU_OVERFLOW = re.compile(r"region [`'](\w+)' overflowed by (\d+) bytes")
_LLD_OVERFLOW = re.compile(r"will not fit in region '(\w+)': overflowed by (\d+) bytes")
_OPTION = re.compile(r"^custom_(compiler|optimize) = .*$", re.MULTILINE)
_HARNESS = "-DTK_HARNESS"
_TOOLS_OWN = re.compile(
    r"error: (?!ld returned)|undefined reference|multiple definition|cannot find|No such file|not found"
)
_ADVICE = {
    "RAM": "plan with --min-ram, or choose a board with more SRAM",
    "FLASH": "build with optimize=size, use a smaller model, or choose a board with more flash",
}


def build(
    project: Path,
    *,
    compiler: str = "auto",
    optimize: str = "speed",
    progress: Callable[[str], None] | None = None,
) -> Firmware:
    """Build the firmware of the rendered `project` with PlatformIO.

    `compiler` is auto, gcc or zig; `optimize` speed or size. Raises DoesNotFit when the linker finds too little memory,
    ToolError with the compiler's own words for any other failure.
    """
    facts = _facts(project)
    if compiler not in ("auto", "gcc", "zig"):
        raise InputError(f"there is no compiler {compiler!r}", hint="it is one of auto, gcc, zig")
    if optimize not in ("speed", "size"):
        raise InputError(f"one cannot optimize for {optimize!r}", hint="it is speed or size")
    _configure(project / "platformio.ini", compiler=compiler, optimize=optimize)
    return _compile(project, facts, progress)


def build_guarding_layers(project: Path, folder: Path) -> Firmware:
    """The firmware of `project`, built in the new `folder` as it was built last, but to look at the bytes beside the arena
    before every layer. Raises as `build` does."""
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".pio"))
    ini = folder / "platformio.ini"
    ini.write_text(ini.read_text(encoding="utf-8").replace(_HARNESS, f"{_HARNESS}\n    -DTK_GUARD_LAYERS"), encoding="utf-8")
    return _compile(folder, _facts(folder), None)


def _compile(project: Path, facts: dict[str, str], progress: Callable[[str], None] | None) -> Firmware:
    command = [sys.executable, "-m", "platformio", "run", "--project-dir", str(project)]
    _run(command, progress)
    folder = project / ".pio" / "build" / facts["board"]
    return read_firmware(folder / "firmware.elf", facts["prefix"])


def _facts(project: Path) -> dict[str, str]:
    try:
        facts: dict[str, str] = json.loads((project / "project.json").read_text(encoding="utf-8"))
        found = {"board": facts["board"], "prefix": facts["prefix"]}
        if all(isinstance(value, str) for value in found.values()):
            return found
        raise TypeError
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{project} is not a tinykit project", hint="render one: tinykit render PLAN --out DIR"
        ) from None


def _configure(ini: Path, **options: str) -> None:
    """Set the options in platformio.ini; left alone when they stand there, or PlatformIO builds all anew."""
    try:
        text = ini.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{ini} cannot be read", hint="render the project again") from None
    changed = _OPTION.sub(lambda m: f"custom_{m[1]} = {options[m[1]]}", text)
    if changed != text:
        ini.write_text(changed, encoding="utf-8")


def _environment() -> dict[str, str]:
    """PlatformIO without questions to the network, and with state of its own."""
    return {
        **os.environ,
        "PLATFORMIO_CORE_DIR": os.environ.get("PLATFORMIO_CORE_DIR", str(cache_dir() / "platformio")),
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_NO_ANSI": "true",
    }


def _run(command: list[str], progress: Callable[[str], None] | None) -> None:
    """Run PlatformIO; it, its compilers and their temporary files end with us."""
    lines: list[str] = []
    with temporary_folder() as scratch, running(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**_environment(), "TMPDIR": str(scratch)},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if progress and line.startswith(("Compiling", "Linking", "Archiving")):
                progress(line.strip())
        code = process.wait()
    if code:
        _fail("\n".join(lines), command)


def _fail(text: str, command: list[str]) -> None:
    for pattern in (_GNU_OVERFLOW, _LLD_OVERFLOW):
        found = [(region, int(count)) for region, count in pattern.findall(text)]
        if found:
            region, count = max(found, key=lambda f: f[1])
            kind = "SRAM" if region == "RAM" else "flash"
            raise DoesNotFit(f"the firmware needs {count:,} bytes too much {kind}", hint=_ADVICE.get(region, ""))
    lines = text.splitlines()
    words = [line for line in lines if _TOOLS_OWN.search(line)] or [line for line in lines if "rror" in line]
    words = words[:3]
    raise ToolError(
        "PlatformIO failed: " + (" / ".join(words) or text[-400:].strip() or "it said nothing"),
        hint="the command was: " + " ".join(command),
    )
