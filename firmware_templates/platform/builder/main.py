# SPDX-License-Identifier: 0BSD
"""Compiles and links a firmware: GNU toolchain if it is on PATH, else zig's clang."""

import importlib.util
import shutil
import subprocess
import sys
from os.path import isabs, join

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
own = board.get("tinykit")
choice = env.GetProjectOption("custom_compiler", "auto")
optimize = env.GetProjectOption("custom_optimize", "speed")

prefix = own["prefix"]
toolchain = env.PioPlatform().get_package_dir("toolchain-gccarmnoneeabi")
if toolchain:
    env.PrependENVPath("PATH", join(toolchain, "bin"))
has_gcc = shutil.which(f"{prefix}gcc", path=env["ENV"]["PATH"]) or shutil.which(f"{prefix}gcc")
has_zig = importlib.util.find_spec("ziglang") is not None
use_zig = choice == "zig" or (choice == "auto" and not has_gcc)
if (use_zig and not has_zig) or (not use_zig and not has_gcc):
    sys.stderr.write(f"error: no compiler: install {prefix}gcc, or zig with: pip install ziglang\n")
    env.Exit(1)

base = ["-std=c11", "-O2" if optimize == "speed" else "-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra"]
if optimize == "speed":
    base[1] = "-O3"
if use_zig:
    zig = f'"{sys.executable}" -m ziglang'
    tools = {"CC": f"{zig} cc", "AS": f"{zig} cc", "LINK": f"{zig} cc", "AR": f"{zig} ar", "RANLIB": f"{zig} ranlib"}
    machine = [*own["zig"], "-ffreestanding", "-fno-sanitize=undefined", "-g0"]
    base += ["-isystem", join(env.subst("$PROJECT_DIR"), "src", "board", "freestanding")]
    link = ["-Wl,--gc-sections"]
else:
    path = shutil.which(f"{prefix}gcc", path=env["ENV"]["PATH"]) or shutil.which(f"{prefix}gcc")
    tools = {"CC": path, "AS": path, "LINK": path, "AR": path[:-3] + "ar", "RANLIB": path[:-3] + "ranlib"}
    machine = [*own["gcc"]]
    link = ["-nostartfiles", "-Wl,--gc-sections"]
    link += [f'-Wl,-Map="{join("$BUILD_DIR", "firmware.map")}"']  # zig's linker writes none
    answer = subprocess.run([path, "-print-file-name=nosys.specs"], capture_output=True, text=True, check=False).stdout
    if isabs(answer.strip()):
        link += ["--specs=nosys.specs"]
    else:  # gcc without newlib, as distributions package it
        machine += ["-ffreestanding"]
        base += ["-isystem", join(env.subst("$PROJECT_DIR"), "src", "board", "freestanding")]
        link += ["-nostdlib"]
        env.Append(LIBS=["gcc"])

script = join("$PROJECT_DIR", "ld", board.get("build.ldscript"))
env.Replace(
    **tools,
    ARFLAGS=["rc"],
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
    SIZETOOL=None,
    SIZECHECKCMD=["true"],
    LDSCRIPT_PATH=script,
)
env.Append(
    ASFLAGS=[*machine],
    ASPPFLAGS=[*machine],
    CCFLAGS=[*machine, *base],
    CPPPATH=[join("$PROJECT_SRC_DIR", part) for part in (".", "board", "harness")],
    LINKFLAGS=[*machine, *link],
)
env["ASPPCOM"] = "$CC -c -x assembler-with-cpp $ASPPFLAGS $CPPFLAGS $_CPPDEFFLAGS $_CPPINCFLAGS -o $TARGET $SOURCES"

program = env.BuildProgram()
AlwaysBuild(env.Alias("nobuild", program))
Default(program)

protocol = env.subst("$UPLOAD_PROTOCOL") or board.get("upload.protocol", "")
if protocol == "openocd":
    if "openocd_board" in board.get("upload"):
        setup = ["-f", f"board/{board.get('upload.openocd_board')}.cfg"]
    else:
        interface = board.get("upload.openocd_interface")
        swd = [] if interface == "stlink" else ["-c", "transport select swd"]
        setup = ["-f", f"interface/{interface}.cfg", *swd, "-f", f"target/{board.get('upload.openocd_target')}.cfg"]
    env.Replace(
        UPLOADER="openocd",
        UPLOADERFLAGS=[*setup, "-c", "program {$SOURCE} verify reset exit"],
        UPLOADCMD="$UPLOADER $UPLOADERFLAGS",
    )
elif protocol == "pyocd":
    env.Replace(UPLOADCMD=f'"{sys.executable}" -m pyocd load -t {board.get("upload.pyocd_target")} $SOURCE')
elif protocol == "stlink":
    copy = f'{zig} objcopy' if use_zig else f'"{path[:-3]}objcopy"'
    write = f"st-flash --reset write $SOURCE.bin {own['flash']['address']}"
    env.Replace(UPLOADCMD=f"{copy} -O binary $SOURCE $SOURCE.bin && {write}")
AlwaysBuild(env.Alias("upload", program, [env.VerboseAction("$UPLOADCMD", "Uploading $SOURCE")]))
