"""The hook in C counts what the hook in Python counts, and what a program of known length takes."""

from __future__ import annotations

import pytest
import unicorn
from unicorn import arm_const

from tinykit.targets.counter import Counter, NativeCounter, PythonCounter, attached, open_counter

BASE = 0x8000
LOOPS = 1000
# movw r0, #1000 (32 bits); 1: nop; subs r0, #1; bne 1b; mov.w r1, #0 (32 bits); nop
CODE = bytes.fromhex("40f2e830 00bf 0138 fcd1 4ff00001 00bf".replace(" ", ""))
INSTRUCTIONS = 1 + 3 * LOOPS + 2


def run(counter: Counter) -> int:
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(BASE, 0x1000)
    uc.mem_write(BASE, CODE)
    uc.emu_start(BASE | 1, BASE + len(CODE))
    with attached(counter, uc):
        uc.emu_start(BASE | 1, BASE + len(CODE))
        uc.emu_start(BASE | 1, BASE + len(CODE))
    uc.emu_start(BASE | 1, BASE + len(CODE))
    return counter.executed


@pytest.mark.parametrize("kind", [NativeCounter, PythonCounter])
def test_every_instruction_counts_inside_and_none_outside(kind: type[Counter]) -> None:
    assert run(kind()) == 2 * INSTRUCTIONS


def test_without_a_compiler_python_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TINYKIT_CACHE", str(tmp_path))
    monkeypatch.setattr("tinykit.targets.counter.host_compiler", lambda: ("false",))
    assert isinstance(open_counter(), PythonCounter)


def test_c_counts_where_there_is_a_compiler() -> None:
    assert isinstance(open_counter(), NativeCounter)
