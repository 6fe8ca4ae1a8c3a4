"""What a firmware prints on a serial port, line by line."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterable

from tinykit.harness.frames import Splitter
from tinykit.targets.base import Stream
from tinykit.targets.errors import TargetError


def monitor(stream: Stream, show: Callable[[str], None], keyboard: Iterable[str] = sys.stdin) -> None:
    """Show the text that comes, and send the lines typed, until interrupted or the port goes.

    Frames are passed over. Raises TargetError when the port fails.
    """

    def send() -> None:
        with contextlib.suppress(TargetError):  # reading says it, too
            for line in keyboard:
                stream.write(line.encode("utf-8", "replace"))

    threading.Thread(target=send, daemon=True).start()
    splitter = Splitter()
    while True:
        for item in splitter.feed(stream.read(0.2)):
            if isinstance(item, str):
                show(item)
