"""What a fault says: registers and addresses become one sentence with function, layer and reason."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinykit.boards import Board
from tinykit.builder.firmware import Firmware
from tinykit.targets.errors import TargetError

MARK = "tk-fault:"
ARENA = f"{MARK} arena"
_HINT = "see the layer's kernel and its buffers in plan.json; a stack or arena that is too small shows like this"
_REACH = 0x10000
"""Bytes below the stack in which an access is taken for an overflow of it."""

# Bits of the Configurable Fault Status Register, Armv7-M Architecture Reference Manual B3.2.15; bit 20 is Armv8-M's.
_CFSR = {
    0: "it jumps to memory it may not execute", 1: "it accesses memory it may not", 3: "a return from an exception failed",
    4: "the core could not save its registers", 8: "it jumps to where nothing is", 9: "it accesses an address where nothing is",
    10: "it wrote to an address where nothing is, a few instructions before", 11: "a return from an exception failed",
    12: "the core could not save its registers", 16: "it executes an undefined instruction",
    17: "it jumps to an address that is no Thumb code", 18: "it returns from an exception wrongly",
    19: "it uses a coprocessor or FPU that is off", 20: "its stack overflows", 24: "it accesses an unaligned address",
    25: "it divides by zero",
}  # fmt: skip
_MMFAR_VALID, _BFAR_VALID = 1 << 7, 1 << 15
# RISC-V Privileged Architecture, table of mcause values.
_MCAUSE = (
    "it jumps to a misaligned address", "it jumps to where nothing is", "it executes an illegal instruction",
    "it stops at a breakpoint", "it reads a misaligned address", "it reads where nothing is",
    "it writes to a misaligned address", "it writes where nothing is",
)  # fmt: skip


class Faults:
    """Explains the faults of one firmware; `layers` are the model's operators, in order."""

    def __init__(self, board: Board, firmware: Firmware, layers: Sequence[str] = ()) -> None:
        self._board = board
        self._layers = layers
        self._functions = firmware.functions
        self._addresses = sorted(firmware.functions)

    def function(self, address: int) -> str:
        """The name of the function at `address`."""
        at = bisect.bisect_right(self._addresses, address) - 1
        return self._functions[self._addresses[at]] if at >= 0 else "an unknown function"

    def layer(self, word: int) -> str:
        """In which layer, as the words that end a sentence; `word` is the firmware's `tk_layer`: 0, or a layer's number + 1."""
        if not 0 < word <= max(len(self._layers), 0xFFFF):
            return ""
        name = self._layers[word - 1] if word <= len(self._layers) else ""
        return f", in layer {word - 1}" + (f" ({name})" if name else "")

    def overflows(self, address: int) -> bool:
        """Whether an access to `address` means that the stack, which lies lowest in RAM, has run out."""
        return self._board.ram.address - _REACH <= address < self._board.ram.address

    def line(self, text: str) -> None:
        """Raise TargetError if `text`, a line from the console, reports a fault."""
        _, mark, rest = text.partition(MARK)
        if mark:
            raise self.error(rest.strip())

    def trespass(self, side: str, registers: Mapping[str, int], layer: str) -> TargetError:
        """The error for a write beside the arena that a simulator saw; `layer` as `layer()` words it."""
        pc = registers.get("pc", 0)
        where = f"in {self.function(pc)} (pc {pc:#010x})"
        return TargetError(f"the firmware wrote outside the arena, {side} it, {where}{layer}", hint=_dump(registers))

    def error(self, report: str) -> TargetError:
        """The error for a report: `WORDS name=hex ...`."""
        values = {name: int(value, 16) for name, value in re.findall(r"(\w+)=([0-9a-f]{1,8})\b", report)}
        words = re.split(r"\w+=", report)[0].strip()
        layer = self.layer(values.get("layer", 0))
        if words.startswith("arena"):
            side = "below" if "below" in words else "behind"
            if "in this layer" not in words:  # it looks when a step of the plan ends
                layer = layer.replace(", in layer", ", by the end of the step that ended with layer")
            return TargetError(f"the firmware wrote outside the arena, {side} it{layer}", hint=_HINT)
        pc, lr = values.get("pc"), values.get("lr")
        where = "" if pc is None else f" in {self.function(pc)} (pc {pc:#010x})"
        if where and lr is not None and self.function(lr) != self.function(pc or 0):
            where += f", called from {self.function(lr)}"
        address = _address(values)
        if "stack overflow" in words or (address is not None and self.overflows(address)):
            return TargetError(f"the firmware overflows its stack{where}{layer}", hint=_dump(values) or _HINT)
        return TargetError(f"the firmware faults{where}: {_reason(values, address)}{layer}", hint=_dump(values))


def _address(values: Mapping[str, int]) -> int | None:
    """The address that was accessed, where the core knows it."""
    cfsr = values.get("cfsr")
    if cfsr is None:
        return values.get("addr")
    if cfsr & _MMFAR_VALID:
        return values.get("mmfar")
    return values.get("addr") if cfsr & _BFAR_VALID else None


def _reason(values: Mapping[str, int], address: int | None) -> str:
    if "mcause" in values:
        cause = values["mcause"]
        reason = _MCAUSE[cause] if cause < len(_MCAUSE) else f"trap {cause:#x}"
    else:
        bits = values.get("cfsr", 0)
        reason = next((text for bit, text in _CFSR.items() if bits >> bit & 1), "the core gives no reason (HardFault)")
    return reason + (f" ({address:#010x})" if address is not None else "")


def _dump(values: Mapping[str, int]) -> str:
    return "registers: " + " ".join(f"{name}={value:08x}" for name, value in values.items()) if values else ""


def layer_names(project: Path) -> tuple[str, ...]:
    """The layers of a rendered project, in order; none where its facts do not tell."""
    try:
        names = json.loads((project / "project.json").read_text(encoding="utf-8")).get("layers", [])
    except (OSError, ValueError, AttributeError):
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()
