"""Where a firmware runs: the emulator, QEMU, Renode, this computer, or a board on a serial port."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinykit.errors import InputError
from tinykit.targets.faults import Faults, layer_names

if TYPE_CHECKING:
    from tinykit.boards import Board
    from tinykit.builder import Firmware
    from tinykit.targets.base import Target


def open_target(
    target: str,
    board: Board,
    project: Path,
    *,
    prefix: str,
    sha256: str,
    firmware: Firmware,
    flash: bool = True,
    limit: float = 300.0,
) -> Target:
    """The target called `target` (emulator, qemu, renode, host, serial, serial:PORT) for a built project. InputError for others.

    `limit`: seconds of silence after which a simulated firmware counts as hung.
    """
    kind, _, port = target.partition(":")
    if kind == "emulator":
        from tinykit.targets.emulator import EmulatorTarget

        return EmulatorTarget(board, firmware, layers=layer_names(project), limit=limit)
    if kind == "qemu":
        from tinykit.targets.qemu import QemuTarget

        return QemuTarget(board, firmware, project=project, layers=layer_names(project), limit=limit)
    if kind == "renode":
        from tinykit.targets.renode import RenodeTarget

        return RenodeTarget(board, firmware, project, layers=layer_names(project), limit=limit)
    if kind == "host":
        from tinykit.targets.host import HostTarget

        return HostTarget(project / "lib" / prefix, prefix)
    if kind == "serial":
        from tinykit.targets.serial_port import SerialTarget

        return SerialTarget(
            port or None, board, firmware.elf, sha256, flash_first=flash, faults=Faults(board, firmware, layer_names(project))
        )
    raise InputError(f"there is no target {target!r}", hint="it is one of emulator, qemu, renode, host, serial:PORT")
