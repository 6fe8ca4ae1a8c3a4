"""Writing a firmware to a board: pyOCD, OpenOCD or st-flash, whichever its manifest names, and what their failures mean."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from tinykit import janitor
from tinykit.boards import Board
from tinykit.boards.platformio import PROTOCOLS
from tinykit.errors import InputError, ToolError

_SECONDS = 180.0

_MEANINGS = (  # of what the tools say: what is wrong, and what helps
    (
        r"No (connected|available) debug probes|No target device available|Couldn't find any ST-Link"
        r"|unable to find a matching|Error: open failed|unable to open ftdi",
        "no board is connected",
        "plug its debugging USB port in; some cables only charge",
    ),
    (
        r"LIBUSB_ERROR_ACCESS|[Pp]ermission denied|[Aa]ccess denied|insufficient permissions",
        "you may not use its debug probe",
        "on Linux: copy the tool's udev rules to /etc/udev/rules.d and plug the board in again",
    ),
    (
        r"LIBUSB_ERROR_BUSY|[Rr]esource busy|already (open|in use)|unable to claim interface",
        "another program uses its debug probe",
        "close the debugger or IDE that has it",
    ),
    (
        r"NoBackendError|No backend available|LIBUSB_ERROR_NOT_(FOUND|SUPPORTED)",
        "the driver of its debug probe is missing",
        "pip install libusb-package; on Windows the probe's own driver",
    ),
    (r"[Tt]arget type \S+ (is )?not recognized", "pyOCD does not know its part yet", "{python} -m pyocd pack install {target}"),
    (r"Can't find (interface|target)/\S+", "OpenOCD has no configuration for it", "install a newer OpenOCD"),
    (r"[Ss]elect a debug probe|[Mm]ultiple (debug )?probes", "several boards are connected", "leave one plugged in"),
)


@dataclass(frozen=True)
class Tool:
    """A program that flashes: the words of its command for an ELF, and how to get it."""

    name: str
    get: str
    available: Callable[[], bool]
    command: Callable[[Board, Path], list[str]]


def _pyocd(board: Board, elf: Path) -> list[str]:
    return [sys.executable, "-m", "pyocd", "load", "--no-wait", "-t", _pyocd_target(board), str(elf)]


def _pyocd_target(board: Board) -> str:
    """pyOCD's name of the part: the manifest's, or that in an installed pack, which may say the package, too (stm32f746nghx)."""
    name = str(board.manifest["upload"]["pyocd_target"])
    command = [sys.executable, "-m", "pyocd", "json", "--targets"]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        said = janitor.run(command, timeout=_SECONDS)
        known = [str(target["name"]) for target in json.loads(said.stdout)["targets"]]
        return name if name in known else next(filter(lambda known: known.startswith(name), known), name)
    return name


def _openocd(board: Board, elf: Path) -> list[str]:
    upload = board.manifest["upload"]
    if "openocd_board" in upload:
        setup = ["-f", f"board/{upload['openocd_board']}.cfg"]
    else:
        interface, target = (f"{kind}/{upload[f'openocd_{kind}']}.cfg" for kind in ("interface", "target"))
        # A J-Link would speak JTAG; an ST-LINK has names of its own for what it speaks.
        swd = [] if upload["openocd_interface"] == "stlink" else ["-c", "transport select swd"]
        setup = ["-f", interface, *swd, "-f", target]
    return ["openocd", *setup, "-c", f"program {{{elf}}} verify reset exit"]


def _st_flash(board: Board, elf: Path) -> list[str]:
    return ["st-flash", "--reset", "write", str(_binary(board, elf)), f"{board.flash_memory.address:#010x}"]


TOOLS = {
    "pyocd": Tool("pyOCD", "pip install pyocd", lambda: importlib.util.find_spec("pyocd") is not None, _pyocd),
    "openocd": Tool("OpenOCD", "apt install openocd", lambda: shutil.which("openocd") is not None, _openocd),
    "stlink": Tool("st-flash", "apt install stlink-tools", lambda: shutil.which("st-flash") is not None, _st_flash),
}


def flash(board: Board, elf: Path, tool: str | None = None) -> str:
    """Write `elf` to `board` and start it, with `tool` (pyocd, openocd, stlink) or the manifest's; returns the tool's name.

    Where the manifest's tool is not installed, another one that its manifest tells enough for takes its place.
    Raises ToolError saying what is missing, InputError for a board that cannot be flashed.
    """
    if not elf.is_file():
        raise InputError(f"{elf} is not there", hint="build the project first: tinykit build DIR")
    chosen = TOOLS[_choose(board, tool)]
    with janitor.temporary_folder("tinykit-flash-") as scratch:
        linked = scratch / "firmware.elf"
        shutil.copyfile(elf, linked)  # a path without spaces or brackets: OpenOCD reads it as Tcl
        _run(chosen, board, chosen.command(board, linked))
    return chosen.name


def _choose(board: Board, tool: str | None) -> str:
    upload = board.manifest["upload"]
    able = [name for name, choices in PROTOCOLS.items() if any(upload.keys() >= {*keys} for keys in choices)]
    able = [
        name for name in able if name != "stlink" or upload.get("protocol") == "stlink" or "stlink" in upload.get("protocols", ())
    ]
    wanted = tool or upload.get("protocol")
    if wanted is not None and wanted not in able:
        raise InputError(
            f"{board.id} cannot be flashed with {wanted}", hint=f"its manifest tells enough for {', '.join(able) or 'no tool'}"
        )
    if not able:
        raise InputError(f"{board.id} is no board that can be flashed", hint="its manifest names no tool: docs/boards.md, upload")
    order = [tool] if tool else sorted(able, key=lambda name: name != wanted)
    for name in order:
        if TOOLS[name].available():
            return name
    first = TOOLS[order[0]]
    raise ToolError(f"{first.name}, which flashes {board.id}, is not installed", hint=first.get)


def _run(tool: Tool, board: Board, command: list[str]) -> None:
    try:
        run = janitor.run(command, timeout=_SECONDS)
    except OSError as error:
        raise ToolError(f"{tool.name} cannot be run: {error.strerror or error}", hint=tool.get) from None
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"{tool.name} did not finish in {_SECONDS:g} s", hint="reset the board, plug it in again, and try once more"
        ) from None
    words = f"{run.stdout}\n{run.stderr}"
    if run.returncode == 0:
        return
    target = board.manifest["upload"].get("pyocd_target", "")
    for pattern, meaning, hint in _MEANINGS:
        if re.search(pattern, words):
            raise ToolError(f"{board.id} was not flashed: {meaning}", hint=hint.format(python=sys.executable, target=target))
    lines = [line.strip() for line in words.splitlines() if re.search(r"[Ee]rror|[Ff]ail|\bE\b|WARN", line)]
    said = " / ".join(lines[:3]) or " ".join(words.split())[-200:] or "it said nothing"
    raise ToolError(f"{tool.name} failed: {said}", hint="the command was: " + " ".join(command))


def _binary(board: Board, elf: Path) -> Path:
    """The flash's contents as st-flash wants them: without addresses."""
    base, image = board.flash_memory.address, bytearray()
    try:
        with elf.open("rb") as file:
            for segment in ELFFile(file).iter_segments("PT_LOAD"):
                at = segment["p_paddr"] - base
                if segment["p_filesz"] and 0 <= at <= board.flash:
                    image.extend(b"\xff" * (at + segment["p_filesz"] - len(image)))
                    image[at : at + segment["p_filesz"]] = segment.data()
    except ELFError as error:
        raise ToolError(f"{elf.name} cannot be read: {error}", hint="build again") from None
    path = elf.with_suffix(".bin")
    path.write_bytes(image)
    return path
