"""Counting the instructions a Unicorn CPU executes, block by block.

A hook in Python makes a run many times slower, so the hook is C, compiled once for this computer. Where that cannot be
done, Python counts the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import unicorn

from tinykit import janitor
from tinykit.builder.host import host_compiler
from tinykit.cache import atomic_write, cache_dir, content_key
from tinykit.errors import ToolError

_SOURCE = Path(__file__).with_name("count.c")
_FLAGS = ("-std=c11", "-O2", "-shared", "-fPIC")


class Counter(Protocol):
    """Counts while it is attached to a CPU."""

    @property
    def executed(self) -> int:
        """Instructions executed so far, the whole of the current block included."""

    def attach(self, uc: Any) -> None:
        """Begin to count what `uc` runs."""

    def detach(self, uc: Any) -> None:
        """Count no more."""


class PythonCounter:
    """A block hook in Python."""

    def __init__(self) -> None:
        self.executed = 0
        self._lengths: dict[tuple[int, int], int] = {}
        self._hook = 0

    def attach(self, uc: Any) -> None:
        self._hook = uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block)

    def detach(self, uc: Any) -> None:
        uc.hook_del(self._hook)

    def _on_block(self, uc: Any, address: int, size: int, user: Any) -> None:
        key = address, size
        length = self._lengths.get(key)
        if length is None:
            length = self._lengths[key] = instructions(bytes(uc.mem_read(address, size)))
        self.executed += length


class NativeCounter:
    """The block hook of `count.c`, at its address in Unicorn. Raises ToolError where it cannot be had."""

    def __init__(self) -> None:
        try:
            # Unicorn's binding wraps every hook in Python; what it is made of takes the address of a C function.
            from unicorn.unicorn_py3.unicorn import uclib

            self._unicorn = uclib
            self._c = ctypes.CDLL(str(_library()))
        except (ImportError, OSError) as error:
            raise ToolError(f"instructions cannot be counted in C: {error}") from None
        self._hook = ctypes.c_size_t()
        self._c.tk_count_bytes.restype = ctypes.c_uint64
        self._state = ctypes.create_string_buffer(self._c.tk_count_bytes())
        self._executed = ctypes.c_uint64.from_buffer(self._state, 0)
        read = ctypes.c_void_p.from_buffer(self._state, ctypes.sizeof(ctypes.c_uint64))
        read.value = ctypes.cast(uclib.uc_mem_read, ctypes.c_void_p).value

    @property
    def executed(self) -> int:
        return self._executed.value

    def attach(self, uc: Any) -> None:
        status = self._unicorn.uc_hook_add(
            uc._uch,
            ctypes.byref(self._hook),
            unicorn.UC_HOOK_BLOCK,
            ctypes.cast(self._c.tk_count, ctypes.c_void_p),
            ctypes.cast(self._state, ctypes.c_void_p),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status != unicorn.UC_ERR_OK:
            raise unicorn.UcError(status)

    def detach(self, uc: Any) -> None:
        self._unicorn.uc_hook_del(uc._uch, self._hook)


def open_counter() -> Counter:
    """The fastest counter there is here."""
    try:
        return NativeCounter()
    except ToolError:
        return PythonCounter()


@contextmanager
def attached(counter: Counter, uc: Any) -> Iterator[None]:
    """Inside, `counter` counts what `uc` runs."""
    uc.ctl_flush_tb()  # blocks translated without a hook never call it
    counter.attach(uc)
    try:
        yield
    finally:
        counter.detach(uc)
        uc.ctl_flush_tb()


def instructions(code: bytes) -> int:
    """How many Thumb instructions `code` holds."""
    count = at = 0
    while at < len(code):
        at += 4 if code[at + 1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    return count


def _library() -> Path:
    """`count.c` compiled for this computer, from the cache if it is there."""
    command = [*host_compiler(), *_FLAGS]
    path = cache_dir() / "count" / f"{content_key(_SOURCE.read_bytes(), *command)}.so"
    if path.is_file():
        return path
    with janitor.temporary_folder() as folder:
        made = folder / path.name
        run = janitor.run([*command, str(_SOURCE), "-o", str(made)])
        if run.returncode:
            raise ToolError(f"the host compiler failed: {run.stderr.strip()[:400]}")
        atomic_write(path, made.read_bytes())
    return path
