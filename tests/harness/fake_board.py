"""The test harness in C without a board, and lines that damage what passes over them."""

from __future__ import annotations

import ctypes
import itertools
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np

from tinykit.boards import load_board
from tinykit.builder.host import host_compiler
from tinykit.resources import data_path

SOURCES = ("tk_buffer.c", "tk_crc.c", "tk_frame.c", "tk_harness.c", "tk_mlperf.c", "tk_print.c")
BOARD = load_board("stm32f746").id
BLOCKS = 5
FASTEST = 921600
SHA256 = "abcd" + 60 * "0"
_REPLY_BYTES = 16384
_copies = itertools.count()


def build(folder: Path, *, variables: int = 0) -> Path:
    """The harness with `fake_board.c` as a shared library in `folder`, built to stop at undefined behaviour.

    The model counts its inferences; `variables`: the bytes that it says it keeps for that.
    """
    templates = data_path("firmware_templates")
    (folder / "tk_config.h").write_text(
        f'#define TK_BOARD "{BOARD}"\n#define TK_BAUD 115200u\n#define TK_FASTEST_BAUD {FASTEST}u\n'
    )
    (folder / "model_select.h").write_text(
        '#include "tk_model.h"\nextern const tk_model fake_model;\n#define TK_MODEL fake_model\n'
    )
    includes = [folder, templates / "harness", templates / "kernels", templates / "support" / "common"]
    sources = [Path(__file__).with_suffix(".c"), *(templates / "harness" / name for name in SOURCES)]
    library = folder / "fake.so"
    command = [*host_compiler(), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-DVARIABLES={variables}"]
    command += ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    command += [*(f"-I{path}" for path in includes), *map(str, sources), "-o", str(library)]
    subprocess.run(command, check=True)
    return library


def expected(values: np.ndarray) -> np.ndarray:
    """What the fake model makes of its first input."""
    result = values.astype(np.uint8)
    for block in range(BLOCKS):
        result = result * np.uint8(3) + np.uint8(block)
    return result.view(np.int8)


class FakeBoard:
    """The harness as a byte stream. It answers at once, so silence means that nothing will come."""

    patience = 1.0

    def __init__(self, library: Path) -> None:
        self._library = library
        self.sent = bytearray()
        self.bytes_to_board = self.bytes_from_board = self.resets = 0
        self.reset()

    def reset(self) -> None:
        """All variables as after power-up: a fresh copy of the library, for one loaded twice is the same."""
        copy = self._library.with_name(f"copy{next(_copies)}.so")  # one of a name that was loaded before would be that one
        shutil.copy(self._library, copy)
        self._c = ctypes.CDLL(str(copy))
        copy.unlink()
        self._reply = ctypes.create_string_buffer(_REPLY_BYTES)
        self.resets += 1

    @property
    def baud(self) -> int:
        """What its console is set to."""
        return int(ctypes.c_uint32.in_dll(self._c, "fake_baud").value)

    def idle(self, seconds: float) -> None:
        """Let time go by in which no byte comes."""
        self._c.fake_idle(round(seconds * 1e6))

    def write(self, data: bytes) -> None:
        self.bytes_to_board += len(data)
        count = self._c.fake_exchange(data, len(data), self._reply, _REPLY_BYTES)
        self.bytes_from_board += count
        self.sent += self._reply.raw[:count]
        if ctypes.c_int.in_dll(self._c, "fake_was_reset").value:
            self.reset()

    def read(self, timeout: float) -> bytes:
        data = bytes(self.sent)
        self.sent.clear()
        return data


class NoisyLine:
    """A stream between us and `board` that damages a fraction `noise` of the bytes in both directions.

    A damaged byte is lost, doubled, changed or followed by another. With probability `reset` a write finds the board
    reset, before or after half of it.
    """

    patience = 1.0

    def __init__(self, board: FakeBoard, noise: float, reset: float = 0.0, late: float = 0.0, seed: int = 1) -> None:
        self.board = board
        self.frames = 0
        self._noise, self._reset, self._late = noise, reset, late
        self._random = random.Random(seed)
        self._held = b""

    def write(self, data: bytes) -> None:
        self.frames += 1
        if self._random.random() < self._reset:
            half = self._random.randrange(len(data))
            self.board.write(self._damage(data[:half]))
            self.board.reset()
            data = data[half:]
        self.board.write(self._damage(data))

    def read(self, timeout: float) -> bytes:
        """What came; with probability `late` it comes at the next read only."""
        data = self._held + self._damage(self.board.read(timeout))
        self._held = b""
        if self._random.random() < self._late:
            self._held, data = data, b""
        return data

    def _damage(self, data: bytes) -> bytes:
        result = bytearray()
        for byte in data:
            if self._random.random() >= self._noise:
                result.append(byte)
                continue
            match self._random.randrange(4):
                case 0:
                    pass
                case 1:
                    result += bytes((byte, byte))
                case 2:
                    result.append(byte ^ 1 << self._random.randrange(8))
                case _:
                    result += bytes((byte, self._random.randrange(256)))
        return bytes(result)
