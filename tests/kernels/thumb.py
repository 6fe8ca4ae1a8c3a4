"""The cases of `differential` on an emulated Arm core: the real DSP instructions, built by the compilers there are."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import unicorn
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from tests.kernels.differential import Case, c_function
from tests.support.objects import KERNELS, kernel_objects

ROM, RAM, SIZE = 0x0, 0x20000000, 16 << 20
END = ROM + SIZE - 4
CPUS = {"cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0, "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4}

_LINK = """ENTRY(_start)
MEMORY { ROM (rx) : ORIGIN = 0x0, LENGTH = 16M  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 16M }
SECTIONS {
  .text : { *(.text*) *(.rodata*) } > ROM
  .ARM.exidx : { *(.ARM.exidx*) } > ROM
  .data : { *(.data*) } > RAM
  .bss : { *(.bss*) *(COMMON) } > RAM
}
"""

# A heap that only grows, a file that is a buffer: what the cases use of a C library.
HEADER = """#pragma once
#include <stddef.h>
typedef int FILE;
extern FILE *stdout;
void *malloc(size_t size);
void free(void *p);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
size_t fwrite(const void *data, size_t size, size_t count, FILE *to);
"""
LIBRARY = """
FILE *stdout;
static char heap[2 << 20];
static size_t used;
char written[1 << 20];
size_t length;
void *malloc(size_t size) { char *p = heap + used; used += (size + 7) & ~(size_t)7; return p; }
void free(void *p) { (void)p; }
void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}
void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        ((volatile char *)to)[i] = (char)value;
    return to;
}
size_t fwrite(const void *data, size_t size, size_t count, FILE *to)
{
    (void)to;
    memcpy(written + length, data, size * count);
    length += size * count;
    return count;
}
"""


def compilers() -> dict[str, list[str]]:
    """Name → command of each compiler for Arm on this computer."""
    gcc = shutil.which("arm-none-eabi-gcc")
    return {**({"gcc": [gcc]} if gcc else {}), "zig": [sys.executable, "-m", "ziglang", "cc"]}


def run(cases: Sequence[Case], compiler: str, core: str, optimize: str = "-O3") -> list[np.ndarray]:
    """The outputs of the kernels on `core`."""
    with tempfile.TemporaryDirectory() as name:
        return outputs(cases, _execute(_linked(Path(name), program(cases), sources_of(cases), compiler, core, optimize), core))


def sources_of(cases: Sequence[Case]) -> list[str]:
    return sorted({case.chosen.source for case in cases})


def program(cases: Sequence[Case]) -> str:
    """C whose _start runs all cases and leaves what they wrote in `written`."""
    rng = np.random.default_rng(len(cases))
    text = (
        '#include "tk_rows.h"\n#include "string.h"\n'
        + "".join(f'#include "{source}.h"\n' for source in sources_of(cases))
        + LIBRARY
    )
    text += "\n".join(c_function(n, case, rng) for n, case in enumerate(cases))
    text += "\nvoid _start(void);\nvoid _start(void) { " + " ".join(f"case{n}();" for n in range(len(cases))) + " }\n"
    return text


def outputs(cases: Sequence[Case], written: bytes) -> list[np.ndarray]:
    """What each case wrote, in its output's shape."""
    results = [case.node.output for case in cases]
    parts = np.split(np.frombuffer(written, np.int8), np.cumsum([result.bytes for result in results])[:-1])
    return [part.view(result.dtype.numpy).reshape(result.shape) for part, result in zip(parts, results, strict=True)]


def _linked(folder: Path, text: str, sources: Sequence[str], compiler: str, core: str, optimize: str) -> Path:
    (folder / "cases.c").write_text(text)
    (folder / "string.h").write_text(HEADER)
    (folder / "link.ld").write_text(_LINK)
    if compiler == "gcc":
        target = [f"-mcpu={core}", "-mthumb", "-mfloat-abi=soft", "-nostartfiles", "-nostdlib"]
    else:
        target = ["-target", "thumb-freestanding-eabi", f"-mcpu={core.replace('-', '_')}"]
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
    compile_command = [*compilers()[compiler], *target, "-std=c11", "-ffreestanding", *warnings]
    files = ["cases.c", *kernel_objects([*compile_command, optimize], sources)]
    libraries = ["-lgcc"] if compiler == "gcc" else []
    calls = "-Os" if optimize == "-Os" else "-O1"  # headers know whether kernels are built for size
    command = [*compile_command, calls, f"-I{KERNELS}", "-I.", *files, "-Wl,-T,link.ld", "-o", "cases.elf", *libraries]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return folder / "cases.elf"


def _execute(elf: Path, core: str) -> bytes:
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(CPUS[core])
    for base in (ROM, RAM):
        uc.mem_map(base, SIZE)
    with elf.open("rb") as file:
        image = ELFFile(file)
        for section in image.iter_sections("SHT_PROGBITS"):
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                uc.mem_write(section["sh_addr"], section.data())
        symbols = {s.name: s["st_value"] for s in image.get_section_by_name(".symtab").iter_symbols()}
    # Called with a return address that nothing lies at: running ends there.
    uc.reg_write(arm_const.UC_ARM_REG_SP, RAM + SIZE)
    uc.reg_write(arm_const.UC_ARM_REG_LR, END | 1)
    uc.emu_start(symbols["_start"] | 1, END)
    length = int.from_bytes(uc.mem_read(symbols["length"], 4), "little")
    return bytes(uc.mem_read(symbols["written"], length))
