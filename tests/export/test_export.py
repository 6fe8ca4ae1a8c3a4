"""Exports: each form is built as its build system would, and where it can run its answer is the reference's.

The CMake files of Zephyr and ESP-IDF are run by CMake itself, with functions of the frameworks' names that do what these do.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import missing
from tests.support.models import convolutional, floating
from tests.support.reference import run_reference
from tinykit import pipeline
from tinykit.boards import load_board
from tinykit.builder import build
from tinykit.builder.host import host_compiler
from tinykit.builder.project import write_build_files
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.renderer.export import MARK

WARNINGS = "-Wall -Wextra -Werror"
NAME = "net"
FRAMEWORKS = {
    "zephyr": """
        cmake_minimum_required(VERSION 3.16)
        project(app C)
        set(CONFIG_TINYKIT_NET y)
        macro(zephyr_include_directories)
          include_directories(${ARGV})
        endmacro()
        function(zephyr_library_named name)
          add_library(${name} STATIC)
          set(ZEPHYR_CURRENT_LIBRARY ${name} PARENT_SCOPE)
        endfunction()
        function(zephyr_library_include_directories)
          target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
        endfunction()
        function(zephyr_library_compile_options)
          target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
        endfunction()
        function(zephyr_library_sources)
          target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
        endfunction()
        add_subdirectory(export)
        add_executable(app export/samples/net/src/main.c)
        target_include_directories(app PRIVATE export/include stubs)
        target_link_libraries(app PRIVATE net)
    """,
    "esp-idf": """
        cmake_minimum_required(VERSION 3.16)
        project(app C)
        function(idf_component_register)
          cmake_parse_arguments(THE "" "" "SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;REQUIRES" ${ARGN})
          get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
          add_library(${name} STATIC ${THE_SRCS})
          target_include_directories(${name} PUBLIC ${THE_INCLUDE_DIRS} PRIVATE ${THE_PRIV_INCLUDE_DIRS})
          target_link_libraries(${name} PUBLIC ${THE_REQUIRES})
          set(COMPONENT_LIB ${name} PARENT_SCOPE)
        endfunction()
        add_subdirectory(export/components/net)
        add_subdirectory(export/main)
        add_executable(app stubs/start.c)
        target_link_libraries(app PRIVATE main)
    """,
}
STUBS = {
    "zephyr/sys/printk.h": "#include <stdio.h>\n#define printk printf\n",
    "start.c": "void app_main(void);\nint main(void) { app_main(); return 0; }\n",
    "Arduino.h": """
        #include <cstdio>
        struct Console { void begin(long) {} void println(double x) { std::printf("%g\\n", x); } };
        static Console Serial;
        void setup();
        void loop();
        int main() { setup(); loop(); }
    """,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a model and what stands in for frameworks."""
    monkeypatch.chdir(tmp_path)
    Path("net.tflite").write_bytes(convolutional())
    for name, text in STUBS.items():
        path = tmp_path / "stubs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def export(form: str, **options: object) -> Path:
    report = pipeline.export("net.tflite", form=form, board="stm32f746", out="export", **options)  # type: ignore[arg-type]
    assert (report.command, report.project, report.exit_code) == ("export", "export", 0)
    return Path("export").resolve()


def answer_to_zeros() -> str:
    (output,) = run_reference(convolutional(), [np.zeros((1, 8, 8, 3), np.int8)])
    return f"{output.reshape(-1)[0]}\n"


def run(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def cmake() -> Callable[..., Path]:
    """`cmake(source, out, ...)` configures and builds; returns the folder. It is CMake from PyPI, or the system's."""
    program = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    if program is None or not shutil.which("make"):
        missing("CMake or make is not installed")

    def build_with(source: Path, out: Path, *options: str) -> Path:
        run(str(program), "-S", source, "-B", out, f"-DCMAKE_C_FLAGS={WARNINGS}", *options)
        run(str(program), "--build", out)
        return out

    return build_with


def test_a_cmake_library_is_built_and_answers(folder: Path, cmake: Callable[..., Path]) -> None:
    library = export("cmake")
    built = cmake(library, folder / "native")
    assert run(built / "net_example") == answer_to_zeros()


@pytest.mark.slow
def test_a_cmake_library_is_built_for_arm(folder: Path, cmake: Callable[..., Path], tool: Callable[[str], str]) -> None:
    compiler = tool("arm-none-eabi-gcc")
    built = cmake(
        export("cmake"), folder / "arm", "-DCMAKE_SYSTEM_NAME=Generic", f"-DCMAKE_C_COMPILER={compiler}",
        "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
        f"-DCMAKE_C_FLAGS={WARNINGS} -mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard",
    )  # fmt: skip
    assert (built / "libnet.a").exists()


@pytest.mark.parametrize("form", ["zephyr", "esp-idf"])
def test_a_frameworks_library_is_built_by_its_cmake_files(form: str, folder: Path, cmake: Callable[..., Path]) -> None:
    export(form)
    (folder / "CMakeLists.txt").write_text(FRAMEWORKS[form])
    built = cmake(folder, folder / "built")
    assert run(built / "app") == answer_to_zeros()


def test_an_arduino_library_is_built_from_its_one_folder(folder: Path) -> None:
    library = export("arduino")
    assert not [path for path in (library / "src").iterdir() if path.is_dir()]
    facts = dict(line.split("=", 1) for line in (library / "library.properties").read_text().splitlines())
    assert {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"} <= set(facts)
    objects = []
    for source in sorted((library / "src").glob("*.c")):
        objects.append(folder / f"{source.stem}.o")
        run(*host_compiler(), "-std=gnu11", "-O2", *WARNINGS.split(), f"-I{library / 'src'}", "-c", source, "-o", objects[-1])
    sketch = library / "examples" / NAME / f"{NAME}.ino"
    compiler = [shutil.which("g++") or missing("g++ is not installed")]
    flags = ["-x", "c++", "-std=gnu++17", *WARNINGS.split(), f"-I{library / 'src'}", "-include", folder / "stubs" / "Arduino.h"]
    run(*map(str, compiler), *flags, sketch, "-x", "none", *objects, "-o", folder / "sketch")
    assert run(folder / "sketch") == answer_to_zeros()


@pytest.mark.slow
def test_a_platformio_library_is_built_into_a_project(folder: Path) -> None:
    library = export("pio-lib")
    project = folder / "project"
    shutil.copytree(library, project / "lib" / NAME)
    (project / "src").mkdir()
    shutil.copyfile(library / "examples" / NAME / "main.c", project / "src" / "main.c")
    board = load_board("stm32f746")
    (project / "project.json").write_text(json.dumps({"schema": 1, "prefix": NAME, "board": board.id}))
    write_build_files(board, project, prefix=NAME)
    ini = (project / "platformio.ini").read_text()
    (project / "platformio.ini").write_text(ini.replace("-DTK_HARNESS", ""))  # a firmware of one's own has no harness
    firmware = build(project)
    assert firmware.arena > 0 and firmware.code > 0 and {"net_invoke", "main"} <= set(firmware.symbols)


def two_inputs() -> bytes:
    b = ModelBuilder()
    x, y = (b.input((1, 4, 4, 2), "int8", scale=0.5, zero_point=-3) for _ in range(2))
    return b.build([b.op("ADD", [x, y], shape=(1, 4, 4, 2), scale=0.9, zero_point=1)])


def float_ports() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 30), "float32")
    y = b.op("QUANTIZE", [x], shape=(1, 30), scale=0.1, zero_point=3)
    y = b.op("LOGISTIC", [y], shape=(1, 30), scale=1 / 256, zero_point=-128)
    return b.build([b.op("DEQUANTIZE", [y], shape=(1, 30), dtype="float32")])


@pytest.mark.parametrize(
    ("model", "streamed"),
    [
        (float_ports, False),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in ((two_inputs, False), (convolutional, True))),
    ],
)
def test_examples_suit_the_models_inputs(
    model: Callable[[], bytes], streamed: bool, folder: Path, cmake: Callable[..., Path]
) -> None:
    Path("net.tflite").write_bytes(model())
    built = cmake(export("cmake", stream_input=streamed), folder / "native")
    answer = float(run(built / "net_example"))
    if model is float_ports:
        assert answer == pytest.approx(0.5, abs=0.01)
    elif model is convolutional:
        assert answer == float(answer_to_zeros())
    else:
        (output,) = run_reference(two_inputs(), [np.zeros((1, 4, 4, 2), np.int8)] * 2)
        assert answer == output.reshape(-1)[0]


def test_an_export_is_replaced_by_the_next_and_nothing_else_is(folder: Path) -> None:
    export("arduino")
    library = export("cmake")
    assert not (library / "library.properties").exists() and (library / MARK).exists() and (library / "LICENSE").exists()
    Path("mine").mkdir()
    Path("mine/file").touch()
    with pytest.raises(InputError, match="files that tinykit did not write"):
        pipeline.export("net.tflite", form="cmake", out="mine")
    with pytest.raises(InputError, match=r"no form 'make'"):
        pipeline.export("net.tflite", form="make")
    Path("float.tflite").write_bytes(floating())
    with pytest.raises(InputError):
        pipeline.export("float.tflite", form="cmake", out="other")
    assert not Path("other").exists()
