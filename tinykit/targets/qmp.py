"""QEMU's monitor: what a firmware that says nothing is doing."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

_SECONDS = 5.0
_PC = {"R15": "pc", "pc": "pc", "R14": "lr", "x1/ra": "lr", "R13": "sp", "x2/sp": "sp"}


class Monitor:
    """The machine protocol (QMP) on a connection that QEMU made to us. Every failure is an OSError or ValueError."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(_SECONDS)
        self._connection = connection
        self._answers = connection.makefile("rb")
        self._answer()
        self._ask("qmp_capabilities")

    def registers(self) -> dict[str, int]:
        """The registers by QEMU's names, and `pc`, `lr` and `sp`."""
        text = self.command("info registers")
        found = {name: int(value, 16) for name, value in re.findall(r"([\w/]+) *= *([0-9a-f]{8})\b", text)}
        found |= {name: int(value, 16) for name, value in re.findall(r"\b(pc|x\d+/\w+) +([0-9a-f]{8})\b", text)}
        return found | {ours: found[theirs] for theirs, ours in _PC.items() if theirs in found}

    def word(self, address: int) -> int:
        """The 32-bit word at an address."""
        match = re.search(r": 0x([0-9a-f]+)", self.command(f"xp /1wx {address:#x}"))
        if match is None:
            raise ValueError("QEMU shows no memory")
        return int(match[1], 16)

    def command(self, line: str) -> str:
        """What QEMU's human monitor answers to `line`."""
        return str(self._ask("human-monitor-command", **{"command-line": line}))

    def close(self) -> None:
        self._answers.close()
        self._connection.close()

    def _ask(self, command: str, **arguments: str) -> object:
        self._connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while "return" not in (answer := self._answer()):
            if "error" in answer:
                raise ValueError(str(answer["error"]))
        return answer["return"]

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise ConnectionError("QEMU has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer
