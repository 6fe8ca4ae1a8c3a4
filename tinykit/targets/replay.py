"""Who wrote outside the arena: the same bytes go to a second emulator, which looks at every write beside it.

The firmware itself notices when a step of the plan ends; looking at every write costs more than counting every instruction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tinykit.targets.errors import TargetError
from tinykit.targets.faults import MARK

if TYPE_CHECKING:
    from tinykit.targets.emulator import Emulator

GUARD_BYTES = 16
_GUARDS = {"tk_guard_low": "below", "tk_guard_high": "behind"}
_MARK = MARK.encode()


def trespass(fresh: Emulator, symbols: Mapping[str, int], received: bytes) -> TargetError | None:
    """Run `fresh`, a firmware just started, on the bytes that another one had `received` when it found its guards written to.

    The error that names the function and layer that did it; None where nobody is found.
    """
    for symbol, side in _GUARDS.items():
        if symbol in symbols:
            fresh.watch(symbols[symbol], GUARD_BYTES, side)
    fresh.write(received)
    try:
        while (sent := fresh.read(1)) and _MARK not in sent:
            pass
    except TargetError as error:
        return error
    return None
