"""The cases of `differential` on QEMU's Cortex-M55 and RISC-V: the real Helium instructions, and another architecture."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.conftest import missing
from tests.kernels import thumb
from tests.kernels.differential import Case
from tests.support.objects import KERNELS, kernel_objects
from tinykit.ops.base import Core

_ARM_CALL = "bkpt 0xab"
# The three instructions may not lie on two pages.
_RISCV_CALL = ".option push\\n.option norvc\\n.balign 16\\nslli x0, x0, 0x1f\\nebreak\\nsrai x0, x0, 7\\n.option pop"

# Semihosting: the operation in the first argument register, its arguments' address in the second.
_RUN = """
static int call(int what, const void *arguments)
{{
    register int first __asm__("{first}") = what;
    register const void *second __asm__("{second}") = arguments;
    __asm__ volatile("{call}" : "+r"(first) : "r"(second) : "memory");
    return first;
}}
__attribute__((used, noreturn)) static void leave(unsigned code)
{{
    const unsigned end[] = {{ 0x20026, code }};
    for (;;)
        call(0x20, end);
}}
__attribute__((used, noreturn)) static void failed(void) {{ leave(1); }}
void run(void);
void run(void)
{{
    static const char name[] = "written.bin";
    const unsigned opening[] = {{ (unsigned)name, 5, sizeof name - 1 }};
    _start();
    const int file = call(1, opening);
    const unsigned writing[] = {{ (unsigned)file, (unsigned)written, length }};
    call(5, writing);
    call(2, &file);
    leave(0);
}}
"""
_ARM_RESET = """
__attribute__((naked)) static void reset(void)
{
    __asm__ volatile("movw r0, #0xed88\\n movt r0, #0xe000\\n mov r1, #0x00f00000\\n str r1, [r0]\\n dsb\\n isb\\n bl run\\n");
}
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))0x31400000, reset, failed, failed, failed, failed, failed, failed,
};
"""
_RISCV_RESET = """
__attribute__((section(".vectors"), naked, used)) static void reset(void)
{
    __asm__ volatile("la sp, failed\\ncsrw mtvec, sp\\nli sp, 0x82000000\\nj run\\n");
}
"""
_LINK = """ENTRY(reset)
MEMORY {{ ROM (rx) : ORIGIN = {rom}  RAM (rwx) : ORIGIN = {ram} }}
SECTIONS {{
  .text : {{ KEEP(*(.vectors)) *(.text*) *(.rodata* .srodata*) }} > ROM
  .ARM.exidx : {{ *(.ARM.exidx*) }} > ROM
  .data : {{ *(.data* .sdata*) }} > RAM
  .bss : {{ *(.bss* .sbss*) *(COMMON) }} > RAM
}}
"""


@dataclass(frozen=True)
class Machine:
    """A machine of QEMU, and how to build for it."""

    system: str
    name: str
    gcc: str
    gcc_options: tuple[str, ...]
    zig_options: tuple[str, ...]
    code: str
    link: str
    options: tuple[str, ...] = ()

    def compilers(self) -> dict[str, list[str]]:
        """Name → command of each compiler for this machine on this computer."""
        gcc = shutil.which(self.gcc)
        return {
            **({"gcc": [gcc, *self.gcc_options]} if gcc else {}),
            "zig": [*thumb.compilers()["zig"], *self.zig_options],
        }


MACHINES = {
    "cortex-m55": Machine(
        "qemu-system-arm",
        "mps3-an547",
        "arm-none-eabi-gcc",
        ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-nostartfiles", "-nostdlib"),
        ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m55+mve_fp+fp_armv8d16"),
        _RUN.format(first="r0", second="r1", call=_ARM_CALL) + _ARM_RESET,
        _LINK.format(rom="0x10000000, LENGTH = 512K", ram="0x31000000, LENGTH = 4M"),
    ),
    "rv32imac": Machine(
        "qemu-system-riscv32",
        "virt",
        "riscv64-unknown-elf-gcc",
        ("-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "-mcmodel=medany", "-nostartfiles", "-nostdlib"),
        ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+a+c+zicsr", "-mcmodel=medany"),
        _RUN.format(first="a0", second="a1", call=_RISCV_CALL) + _RISCV_RESET,
        _LINK.format(rom="0x80000000, LENGTH = 16M", ram="0x81000000, LENGTH = 16M"),
        ("-bios", "none"),
    ),
}


def require(core: str, compiler: str) -> None:
    """Skip the test (fail it in CI) where the machine or the compiler is not installed."""
    machine = MACHINES[core]
    if shutil.which(machine.system) is None:
        missing(f"{machine.system} is not installed")
    if compiler not in machine.compilers():
        missing(f"{machine.gcc} is not installed")


def chosen_for(case: Case, core: Core) -> Case:
    """The case with the kernel preferred on `core`."""
    return replace(case, kernel=case.operator.kernel(case.node, core).name)


def run(cases: Sequence[Case], compiler: str, core: str) -> list[np.ndarray]:
    """The outputs of the kernels on `core`."""
    machine = MACHINES[core]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cases.c").write_text(thumb.program(cases) + machine.code)
        (folder / "string.h").write_text(thumb.HEADER)
        (folder / "link.ld").write_text(machine.link)
        flags = ["-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
        compile_command = [*machine.compilers()[compiler], *flags]
        files = ["cases.c", *kernel_objects([*compile_command, "-O3"], thumb.sources_of(cases))]
        libraries = ["-lgcc"] if compiler == "gcc" else []
        command = [*compile_command, "-O1", f"-I{KERNELS}", "-I.", *files, "-Wl,-T,link.ld", "-o", "cases.elf", *libraries]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
        emulate = [machine.system, "-M", machine.name, *machine.options, "-nographic", "-monitor", "none", "-serial", "none"]
        emulate += ["-semihosting-config", "enable=on,target=native", "-kernel", "cases.elf"]
        ran = subprocess.run(emulate, cwd=folder, capture_output=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
        assert ran.returncode == 0, f"a fault on {core}: {ran.stderr.decode(errors='replace')}"
        return thumb.outputs(cases, (folder / "written.bin").read_bytes())
