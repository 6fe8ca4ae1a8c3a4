"""Building: what comes out, projects that move, and what is said when it cannot work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builder.tiny import ARENA, LIBRARY, MAIN, WEIGHTS, make_project
from tinykit.builder import build
from tinykit.errors import DoesNotFit, InputError, ToolError

BOARD = "mps2_an386"


def pio_run(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a user types, without anything tinykit sets but the question to the network that plain `pio` may put."""
    return subprocess.run(
        [sys.executable, "-m", "platformio", "run"],
        cwd=project,
        env={**os.environ, "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def mark_platform(project: Path) -> None:
    """Make the project's own build script say so when it runs."""
    script = next((project / "platform").rglob("builder/main.py"))
    script.write_text('print("MARK")\n' + script.read_text())


def test_sizes_are_the_librarys_own_and_the_whole_images(compiler: str, tmp_path: Path) -> None:
    make_project(BOARD, tmp_path)
    firmware = build(tmp_path, compiler=compiler)
    assert firmware.elf.is_file()
    assert firmware.compiler.startswith("zig clang " if compiler == "zig" else "gcc ")
    assert firmware.arena == ARENA
    assert firmware.static == 4  # `calls`; the table of the unused function is gone
    assert firmware.constants == WEIGHTS
    assert 20 < firmware.code < 600
    assert "demo" in firmware.symbols and "unused" not in firmware.symbols
    assert firmware.image_ram >= 4096 + ARENA + 4
    assert firmware.image_flash > firmware.code + firmware.constants + 4


def test_a_second_build_has_nothing_to_do_and_gives_the_same(compiler: str, tmp_path: Path) -> None:
    make_project(BOARD, tmp_path)
    first = build(tmp_path, compiler=compiler)
    before = first.elf.stat().st_mtime_ns
    assert build(tmp_path, compiler=compiler) == first
    assert first.elf.stat().st_mtime_ns == before


def test_a_change_in_the_library_is_built(compiler: str, tmp_path: Path) -> None:
    make_project(BOARD, tmp_path)
    build(tmp_path, compiler=compiler)
    source = tmp_path / "lib" / "demo" / "src" / "demo.c"
    source.write_text(source.read_text().replace(f"demo_arena[{ARENA}]", "demo_arena[2000]"))
    assert build(tmp_path, compiler=compiler).arena == 2000


def test_a_project_holds_no_absolute_path_and_builds_by_plain_pio_where_it_is_moved(
    compiler: str, tmp_path: Path
) -> None:
    make_project(BOARD, tmp_path / "here", compiler=compiler)
    build(tmp_path / "here", compiler=compiler)
    for file in (tmp_path / "here").rglob("*"):
        if file.is_file() and ".pio" not in file.parts:
            assert str(tmp_path) not in file.read_text()
    moved = tmp_path / "a folder" / "there"
    moved.parent.mkdir()
    shutil.move(tmp_path / "here", moved)
    run = pio_run(moved)
    assert run.returncode == 0, run.stdout + run.stderr
    source = moved / "lib" / "demo" / "src" / "demo.c"
    source.write_text(source.read_text() + "\n#error here\n")
    assert pio_run(moved).returncode != 0


def test_a_copy_of_a_built_project_uses_its_own_platform(tmp_path: Path) -> None:
    make_project(BOARD, tmp_path / "one", compiler="zig")
    build(tmp_path / "one", compiler="zig")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    mark_platform(tmp_path / "copy")
    assert "MARK" in pio_run(tmp_path / "copy").stdout


def test_a_folder_may_have_a_space_in_its_name(compiler: str, tmp_path: Path) -> None:
    make_project(BOARD, tmp_path / "my project")
    assert build(tmp_path / "my project", compiler=compiler).arena == ARENA


def test_two_projects_side_by_side_use_each_its_own_platform(tmp_path: Path) -> None:
    make_project(BOARD, tmp_path / "one", compiler="zig")
    make_project(BOARD, tmp_path / "two", compiler="zig")
    build(tmp_path / "one", compiler="zig")
    mark_platform(tmp_path / "two")
    assert "MARK" not in pio_run(tmp_path / "one").stdout
    assert "MARK" in pio_run(tmp_path / "two").stdout


@pytest.mark.parametrize("region", ["SRAM", "flash"])
def test_too_much_for_a_memory_is_said_in_bytes_with_what_would_help(
    compiler: str, region: str, tmp_path: Path
) -> None:
    size = 5 << 20
    library = LIBRARY if region == "SRAM" else LIBRARY.replace("demo_weights[16]", f"demo_weights[{size}]")
    make_project(BOARD, tmp_path, arena=size if region == "SRAM" else ARENA, library=library)
    with pytest.raises(DoesNotFit, match=f"bytes too much {region}") as caught:
        build(tmp_path, compiler=compiler)
    count = int(re.findall(r"[\d,]{3,}", caught.value.message)[0].replace(",", ""))
    assert (1 << 20) <= count <= (1 << 20) + 64 * 1024
    assert caught.value.hint


def test_a_compilers_error_is_shown_in_its_own_words(compiler: str, tmp_path: Path) -> None:
    make_project(BOARD, tmp_path, main=MAIN.replace("return left == 0", "return lefft == 0"))
    with pytest.raises(ToolError) as caught:
        build(tmp_path, compiler=compiler)
    assert "main.c" in caught.value.message and "lefft" in caught.value.message
    assert "platformio run" in caught.value.message + caught.value.hint


def test_a_linkers_error_is_shown_in_its_own_words(compiler: str, tmp_path: Path) -> None:
    library = LIBRARY.replace("int sum = ++calls", "extern int lost(void); int sum = lost()")
    make_project(BOARD, tmp_path, library=library)
    with pytest.raises(ToolError, match="lost"):
        build(tmp_path, compiler=compiler)


@pytest.fixture
def no_gcc(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with a shell and nothing else."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.usefixtures("no_gcc")
def test_a_compiler_that_is_not_there_is_named(tmp_path: Path) -> None:
    make_project(BOARD, tmp_path)
    with pytest.raises(ToolError, match="arm-none-eabi-gcc"):
        build(tmp_path, compiler="gcc")


@pytest.mark.usefixtures("no_gcc")
def test_without_gcc_zig_is_used(tmp_path: Path) -> None:
    make_project(BOARD, tmp_path)
    assert build(tmp_path).compiler.startswith("zig clang ")


def test_no_project_and_no_such_compiler_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="project"):
        build(tmp_path)
    make_project(BOARD, tmp_path)
    with pytest.raises(InputError, match="clang"):
        build(tmp_path, compiler="clang")
    with pytest.raises(InputError, match="beauty"):
        build(tmp_path, optimize="beauty")
    (tmp_path / "platformio.ini").unlink()
    with pytest.raises(InputError, match=r"platformio\.ini"):
        build(tmp_path)


def test_a_gcc_without_newlib_is_enough(
    tmp_path: Path, tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gcc = tool("arm-none-eabi-gcc")
    own = subprocess.run([gcc, "-print-file-name=include"], capture_output=True, text=True, check=True).stdout.strip()
    wrapper = tmp_path / "bin" / "arm-none-eabi-gcc"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\n"
        'case "$*" in *-print-file-name=nosys.specs*) echo nosys.specs; exit;; *--specs=*) exit 1;; esac\n'
        f'exec "{gcc}" -nostdinc "$@" -idirafter "{own}"\n'
    )
    wrapper.chmod(0o755)
    for name in ("ar", "ranlib"):
        (wrapper.parent / f"arm-none-eabi-{name}").symlink_to(tool(f"arm-none-eabi-{name}"))
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    library = LIBRARY.replace('#include "demo.h"', '#include "demo.h"\n#include <string.h>')
    library = library.replace("int sum = ++calls;", "int sum = ++calls; memset(demo_arena, n, 9);")
    make_project(BOARD, tmp_path / "p", library=library)
    assert build(tmp_path / "p", compiler="gcc").compiler.startswith("gcc ")


def test_gcc_links_for_riscv(tmp_path: Path, tool: Callable[[str], str]) -> None:
    """Its libraries for each core go by exact names."""
    tool("riscv64-unknown-elf-gcc")
    make_project("riscv32_virt", tmp_path, library=LIBRARY.replace("return sum;", "return sum / n;"))
    firmware = build(tmp_path, compiler="gcc")
    assert firmware.compiler.startswith("gcc ") and firmware.arena == ARENA
