"""Where results worth keeping lie, and how a file is written so that it is there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder for tinykit: $TINYKIT_CACHE, else $XDG_CACHE_HOME/tinykit, else ~/.cache/tinykit."""
    if chosen := os.environ.get("TINYKIT_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinykit"


def content_key(*parts: bytes | str) -> str:
    """A name for a result: the SHA-256, in hex, of everything it follows from; parts cannot run into each other."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def atomic_write(path: Path, data: bytes) -> None:
    """Write `data` to `path` in one piece: a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        os.umask(mask := os.umask(0))
        Path(name).chmod(0o666 & ~mask)  # as any other file of the user's, not private as temporary files are
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
