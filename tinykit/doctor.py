"""What is installed here, what each missing tool would give, and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
from dataclasses import dataclass

_PIP = "pip install {}"


@dataclass(frozen=True)
class Check:
    """One tool: `found` is its version or place, None where it is missing; `needed`: nothing deploys without it."""

    name: str
    found: str | None
    gives: str
    get: str
    needed: bool = False

    @property
    def state(self) -> str:
        return self.found or ("MISSING" if self.needed else "missing")

    @property
    def advice(self) -> str:
        """What it gives, and how to get it where it is missing."""
        return self.gives if self.found else f"{self.gives}: {self.get}"


@dataclass(frozen=True)
class _Package:
    name: str
    module: str
    gives: str
    needed: bool = False
    get: str = ""


@dataclass(frozen=True)
class _Program:
    name: str
    gives: str
    get: str
    version: str = "--version"


_PACKAGES = (
    _Package("platformio", "platformio", "building firmware projects", needed=True),
    _Package("scons", "SCons", "building firmware projects without PlatformIO's registry", needed=True),
    _Package("unicorn", "unicorn", "the emulator, the default target", needed=True),
    _Package("ziglang", "ziglang", "a C compiler for every board and for the host, without root"),
    _Package(
        "tflite-micro",
        "tflite_micro",
        "the reference that every output byte is compared with",
        get="pip install --pre tflite-micro (Linux x86-64 only; elsewhere TensorFlow stands in)",
    ),
    _Package("tensorflow", "tensorflow", "quantising Keras models"),
    _Package("pyserial", "serial", "boards on a serial port"),
    _Package("pyocd", "pyocd", "flashing boards"),
)

_PROGRAMS = (
    _Program("arm-none-eabi-gcc", "a second compiler for Arm boards, taken first when present",
             "apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"),
    _Program("riscv64-unknown-elf-gcc", "a second compiler for RISC-V boards, taken first when present",
             "apt install gcc-riscv64-unknown-elf"),
    _Program("gcc", "a second compiler for the host target", "apt install gcc"),
    _Program("qemu-system-arm", "the QEMU target for Arm boards, a second opinion", "apt install qemu-system-arm"),
    _Program("qemu-system-riscv32", "the QEMU target for RISC-V", "apt install qemu-system-misc"),
    _Program("renode", "the Renode target, a third opinion", "https://github.com/renode/renode/releases, and have it on PATH"),
    _Program("openocd", "flashing boards", "apt install openocd"),
    _Program("st-flash", "flashing STM32 boards", "apt install stlink-tools"),
)  # fmt: skip


def doctor() -> list[Check]:
    """Look for everything tinykit can use; takes well under a second and imports none of it."""
    checks = [Check("python", platform.python_version(), "running tinykit", "python.org, or apt install python3", True)]
    for package in _PACKAGES:
        get = package.get or _PIP.format(package.name)
        checks.append(Check(package.name, _package_version(package), package.gives, get, package.needed))
    checks += [Check(p.name, _program_version(p), p.gives, p.get) for p in _PROGRAMS]
    return checks


def healthy(checks: list[Check]) -> bool:
    """Whether the default way works: build with some compiler, run in the emulator, compare with a reference."""
    found = {check.name for check in checks if check.found}
    return (
        all(check.found for check in checks if check.needed)
        and bool(found & {"ziglang", "arm-none-eabi-gcc"})
        and bool(found & {"tflite-micro", "tensorflow"})
    )


def _package_version(package: _Package) -> str | None:
    if importlib.util.find_spec(package.module) is None:
        return None
    for name in (package.name, f"{package.name}-cpu"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "installed"


def _program_version(program: _Program) -> str | None:
    path = shutil.which(program.name)
    if path is None:
        return None
    try:
        run = subprocess.run([path, program.version], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return path
    lines = (run.stdout or run.stderr).splitlines()
    return lines[0].strip() if lines else path
