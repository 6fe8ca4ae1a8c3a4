"""Serial ports: the one that is a board's by its USB id, and why one cannot be opened."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from tinykit.boards import Board
from tinykit.targets.errors import TargetError

_SYSFS = Path("/sys/bus/usb/devices")


def find_port(board: Board) -> str:
    """The serial port whose USB id is one of `board`'s. Raises TargetError where there is none, or several."""
    from serial.tools.list_ports import comports

    data = board.target("serial") if "serial" in board.targets else {}
    wanted: Sequence[str] = data.get("usb", [])
    ports = list(comports())
    found = [port for port in ports if port.vid is not None and f"{port.vid:04x}:{port.pid or 0:04x}" in wanted]
    if len(found) == 1:
        return str(found[0].device)
    if found:
        first = min(port.device for port in found)
        raise TargetError(
            f"{len(found)} ports could be {board.id}'s: {', '.join(sorted(port.device for port in found))}",
            hint=f"name one: --target serial:{first}, or tinykit monitor {first}",
        )
    if not wanted:
        raise TargetError(
            f"{board.id}'s manifest names no USB id to find its port by",
            hint="name the port: --target serial:PORT, or tinykit monitor PORT",
        )
    if plugged_in(wanted):
        raise TargetError(
            f"{board.id} is plugged in, but this system gives it no serial port",
            hint="its driver is missing: cdc_acm on Linux (modprobe cdc_acm), the board's own on Windows",
        )
    others = ", ".join(sorted(port.device for port in ports)) or "none at all"
    raise TargetError(
        f"no serial port is {board.id}'s (USB id {' or '.join(wanted)}); there is {others}",
        hint="plug the board's USB port in; some cables only charge",
    )


def plugged_in(ids: Sequence[str], sysfs: Path = _SYSFS) -> bool:
    """Whether Linux sees a USB device with one of these ids, whatever drives it."""
    for device in sysfs.glob("*/idVendor"):
        try:
            if f"{device.read_text().strip()}:{(device.parent / 'idProduct').read_text().strip()}" in ids:
                return True
        except OSError:
            continue
    return False


def why_not(port: str, error: Exception) -> TargetError:
    """What to do about a port that cannot be opened."""
    number, text = getattr(error, "errno", None), str(error).lower()
    if number == errno.EBUSY or "busy" in text or "lock" in text:
        return TargetError(f"the serial port {port} is busy", hint="another program uses the port; close it")
    if number == errno.EACCES or "permission" in text or "access is denied" in text:
        return TargetError(
            f"you may not use the serial port {port}",
            hint="join the group that owns it: sudo usermod -a -G dialout $USER, log in again",
        )
    if number == errno.ENOENT or "no such file" in text or "cannot find" in text or "filenotfound" in text:
        return TargetError(
            f"the serial port {port} cannot be opened: there is none of this name",
            hint="is the board plugged in? --target serial finds its port by its USB id",
        )
    return TargetError(f"the serial port {port} cannot be opened: {error}", hint="is it the board's serial port?")
