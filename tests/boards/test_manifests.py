"""The boards that come along, a user's own, and manifests that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builder.tiny import make_project
from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import boards, load_board
from tinykit.builder import build
from tinykit.errors import InputError
from tinykit.resources import data_path
from tinykit.targets.emulator import Emulator
from tinykit.targets.serial_port import baud_of

SHIPPED = {
    "disco_f407vg", "disco_f746ng", "emu_m0", "emu_m33", "emu_m4", "hifive1", "microbit", "mps2_an386", "mps2_an500",
    "mps2_an505", "mps3_an547", "nrf52840_dk", "nucleo_f412zg", "nucleo_f746zg", "nucleo_h743zi", "nucleo_l4r5zi", "pico",
    "riscv32_virt",
}  # fmt: skip
KIB = 1024

Write = Callable[[str, str], None]
Change = Callable[[Any], None]


def shipped(name: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((data_path("boards") / f"{name}.json").read_text())
    return manifest


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a manifest into the `boards/` of the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "boards").mkdir()

    def write(name: str, text: str) -> None:
        (tmp_path / "boards" / f"{name}.json").write_text(text)

    return write


def test_all_boards_come_along_and_their_manifests_agree_with_themselves() -> None:
    found = boards()
    assert {board.id for board in found} >= SHIPPED
    names = [name for board in found for name in (board.id, *board.aliases)]
    assert len(set(names)) == len(names)
    for board in found:
        upload = board.manifest["upload"]
        assert board.targets, board.id
        assert (upload["maximum_size"], upload["maximum_ram_size"]) == (board.flash, board.sram), board.id
        assert board.manifest["build"]["ldscript"] == f"{board.id}.ld"
        assert board.core.name == board.manifest["build"]["cpu"]


def test_the_stm32f746_has_the_parts_exact_memories() -> None:
    board = load_board("stm32f746")
    assert (board.id, board.name) == ("disco_f746ng", "STM32F746G-DISCO")
    assert (board.sram, board.flash) == (320 * KIB, 1024 * KIB)
    assert (board.ram.address, board.ram.end) == (0x20000000, 0x20050000)
    places = {(m.address, m.size) for m in board.memories}
    assert places == {(0x20000000, 64 * KIB), (0x20010000, 240 * KIB), (0x2004C000, 16 * KIB), (0, 16 * KIB)}
    assert board.flash_memory.address == 0x08000000
    assert board.manifest["tinykit"]["flash"]["alias"] == "0x00200000"
    assert board.core.dsp and not board.core.mve


def test_only_contiguous_memories_make_one_ram(own: Write) -> None:
    manifest = shipped("disco_f746ng")
    manifest["build"]["ldscript"] = "mine.ld"
    manifest["tinykit"]["aliases"] = []
    manifest["tinykit"]["memories"][1]["address"] = "0x20020000"  # SRAM1 leaves a gap behind DTCM
    manifest["tinykit"]["memories"][1]["size"] = 0x2C000
    own("mine", json.dumps(manifest))
    assert load_board("mine").ram.address == 0x20020000
    assert [memory.size for memory in load_board("mine").rams] == [0x2C000 + 16 * KIB, 64 * KIB]


@pytest.mark.parametrize(
    ("wrong", "near"), [("stm32f764", "stm32f746"), ("disco_f746", "disco_f746ng"), ("emu-m4", "emu_m4")]
)
def test_an_unknown_board_is_answered_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(InputError, match=f"no board '{wrong}'; did you mean {near}"):
        load_board(wrong)


@pytest.mark.parametrize("name", ["", "../x/y", "zzzzzz", "q\nq"])
def test_what_is_near_to_nothing_gets_no_suggestion(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_board(name)
    assert "did you mean" not in caught.value.message and "tinykit boards" in caught.value.hint


def test_a_board_of_ones_own_comes_first(own: Write) -> None:
    own("emu_m4", json.dumps({**shipped("emu_m4"), "name": "Mine"}))
    assert load_board("emu_m4").name == "Mine"
    assert [b.name for b in boards() if b.id == "emu_m4"] == ["Mine"]


def test_other_peoples_manifests_in_boards_are_left_alone(own: Write) -> None:
    own("uno", json.dumps({"name": "Arduino Uno", "build": {}, "upload": {}, "url": "", "vendor": ""}))
    own("rubbish", "{")
    assert load_board("stm32f746").id == "disco_f746ng"
    assert "uno" not in {board.id for board in boards()}


def put(*path: str | int, value: Any) -> Change:
    def change(manifest: Any) -> None:
        for key in path[:-1]:
            manifest = manifest[key]
        manifest[path[-1]] = value

    return change


def remove(*path: str | int) -> Change:
    def change(manifest: Any) -> None:
        for key in path[:-1]:
            manifest = manifest[key]
        del manifest[path[-1]]

    return change


def append(*path: str | int, value: Any) -> Change:
    def change(manifest: Any) -> None:
        for key in path:
            manifest = manifest[key]
        manifest.append(value)

    return change


def bank(name: str) -> dict[str, Any]:
    """A memory apart from the others."""
    return {"name": name, "address": "0x30000000", "size": 4096, "kind": "ram"}


T = "tinykit"
QEMU = {"system": "qemu-system-arm", "machine": "mps2-an386", "package": "qemu-system-arm", "count_scale": 40000}
RENODE = {"uart": {"type": "stm32", "address": "0x40011000"}}
WRONG: list[tuple[Change, str]] = [
    (remove("name"), "name"),
    (put("name", value=["a"]), "name"),
    (put("tinykit", value=1), "tinykit"),
    (remove(T, "core"), "core"),
    (put(T, "core", "name", value=7), "core.name"),
    (remove(T, "flash"), "flash"),
    (put(T, "flash", "address", value="here"), "address"),
    (put(T, "flash", "address", value=-1), "address"),
    (put(T, "flash", "size", value=True), "size"),
    (put(T, "flash", "size", value=1.5), "size"),
    (put(T, "flash", "size", value=1 << 40), "size"),
    (put(T, "memories", value={}), "memories"),
    (put(T, "memories", value=[]), "ram"),
    (put(T, "memories", 0, value=None), "memories"),
    (put(T, "memories", 0, "kind", value="disk"), "kind"),
    (put(T, "memories", 0, "size", value=0), "empty"),
    (put(T, "memories", 0, "address", value="0xfffff000"), "address space"),
    (put(T, "memories", 0, "address", value="0x00000000"), "overlap"),
    (put(T, "targets", value=[]), "targets"),
    (put(T, "targets", "toaster", value={}), "toaster"),
    (put(T, "aliases", value="x"), "aliases"),
    (put(T, "aliases", value=["../x"]), "../x"),
    (put(T, "gcc", value="-mthumb"), "gcc"),
    (remove(T, "zig"), "zig"),
    (put(T, "support", value=None), "support"),
    (put(T, "support", value=[".."]), "support"),
    (put("name", value="Board\nextra_scripts = pre:other.py"), "name"),
    (put("name", value="Board */"), "name"),
    (put(T, "core", "dsp", value="false"), "core.dsp"),
    (remove(T, "prefix"), "prefix"),
    (put(T, "prefix", value="/tmp/arm-"), "prefix"),
    (put(T, "config", value=[1]), "config"),
    (put(T, "config", value={"TK_A": "zz"}), "TK_A"),
    (put(T, "config", value={"TK_A 1\n#define B": 1}), "config"),
    (put(T, "flash", "alias", value=[1]), "alias"),
    (put(T, "targets", "emulator", value=None), "targets.emulator"),
    (put(T, "targets", "serial", value=5), "targets.serial"),
    (put(T, "targets", "serial", value={"baud": "1\nextra_scripts = pre:other.py"}), "baud"),
    (put(T, "targets", "serial", value={"usb": ["any"]}), "usb"),
    (put(T, "gcc", value=["-mthumb", "-fplugin=./x.so"]), "-fplugin"),
    (put(T, "gcc", value=["-mthumb -B."]), "-mthumb -B."),
    (put(T, "zig", value=["-target", "@args"]), "-target"),
    (put(T, "zig", value=["-o", "/etc/x"]), "-o"),
    (put(T, "targets", "emulator", "cpu", value="cortex-x1"), "cpu"),
    (put(T, "targets", "emulator", "uart", value={"type": "emu"}), "address"),
    (put(T, "targets", "emulator", "counter", "type", value="sundial"), "type"),
    (put(T, "targets", "emulator", "bits", value=[{"address": 1, "from": 1, "pairs": [[1, 99]]}]), "pairs"),
    (put(T, "targets", "emulator", "bits", value=[{"address": 1, "from": 1, "pairs": [], "inverted": 1}]), "inverted"),
    (put(T, "targets", "emulator", "reset", value={"here": 1}), "reset"),
    (put(T, "targets", "emulator", "reset", value={"0x40000000": "x"}), "0x40000000"),
    (put(T, "targets", "emulator", "counter", "scale", value=0), "scale"),
    (put(T, "targets", "emulator", "boot", value={"to": "0x20000000", "bytes": 3}), "boot"),
    (put(T, "targets", "emulator", "boot", value={"bytes": 256}), "boot"),
    (put(T, "targets", "renode", value={}), "renode.uart"),
    (put(T, "targets", "renode", value=5), "targets.renode"),
    (put(T, "targets", "renode", value=RENODE | {"cpu": "z80"}), "renode: cpu"),
    (put(T, "targets", "renode", value=RENODE | {"bits": [{"address": 0, "from": 4096, "pairs": [[1, 1]]}]}), "4 KiB"),
    (put(T, "validated", value=["renode"]), "validated"),
    (put(T, "validated", value="emulator"), "validated"),
    (put(T, "validated", value=["hardware"]), "hardware"),
    (put(T, "targets", "qemu", value=QEMU | {"system": "sh"}), "system"),
    (put(T, "targets", "qemu", value=QEMU | {"machine": "x,dumpdtb=/tmp/x"}), "machine"),
    (put(T, "targets", "qemu", value=QEMU | {"count_scale": None}), "count_scale"),
    (remove("build"), "build"),
    (put("build", "ldscript", value="../../etc/passwd"), "build.ldscript"),
    (put("build", "mcu", value="a b"), "build.mcu"),
    (put("build", "f_cpu", value="$(id)"), "build.f_cpu"),
    (put("upload", "maximum_size", value=[]), "maximum_size"),
    (put("upload", "protocol", value="custom"), "upload.protocol"),
    (put("upload", "protocol", value=["pyocd"]), "upload.protocol"),
    (put("upload", "protocol", value="pyocd"), "upload.pyocd_target"),
    (put("upload", "pyocd_target", value="x; rm -rf ~"), "upload.pyocd_target"),
    (put("upload", "openocd_target", value="../../x"), "upload.openocd_target"),
    (put("upload", "protocols", value=5), "upload.protocols"),
    (put(T, "flash", "size", value="65536"), "size"),  # is it in hexadecimal?
    (put(T, "targets", "emulator", "reset", value={"1024": 1}), "reset"),
    (put(T, "targets", "emulator", "bits", value=[{"address": 1, "from": 1}]), "pairs"),
    (put(T, "targets", "serial", value={"baud": 0}), "baud"),
    (put(T, "memories", 0, "size", value=6000), "SRAM must begin and end at a multiple of 1024"),
    (put(T, "flash", "alias", value="0x20000400"), "SRAM and flash (its alias) overlap"),
    (put(T, "targets", "emulator", "devices", value=["0x20000ffc"]), "devices at 0x20000000 lie in SRAM"),
    (append(T, "memories", value=bank("RAM")), "'RAM' cannot name"),
    (append(T, "memories", value=bank("2nd bank")), "'2nd bank' cannot name"),
]


@pytest.mark.parametrize(("change", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_manifest_is_refused_by_file_and_key(own: Write, change: Change, words: str) -> None:
    manifest = shipped("emu_m4")
    manifest["build"]["ldscript"] = "mine.ld"
    change(manifest)
    own("mine", json.dumps({**manifest, "note": "tinykit"}))
    with pytest.raises(InputError) as caught:
        load_board("mine")
    assert words in caught.value.message
    assert "mine.json" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text", ['"tinykit"', '{"tinykit": ', '["tinykit"]', '{"tinykit": ' * 50_000, '{"tinykit": NaN}'],
    ids=["text", "cut", "list", "deep", "nan"],
)  # fmt: skip
def test_rubbish_is_refused(own: Write, text: str) -> None:
    own("mine", text)
    with pytest.raises(InputError):
        load_board("mine")


def test_numbers_may_stand_as_numbers(own: Write, tmp_path: Path) -> None:
    manifest = shipped("emu_m4")
    manifest["build"]["ldscript"] = "mine.ld"
    emulator = manifest["tinykit"]["targets"]["emulator"]
    emulator["uart"]["address"] = emulator["counter"]["address"] = 0x40000000
    emulator["devices"] = [0xE000E000]
    emulator["counter"]["scale"] = "0x1"
    emulator.pop("bits", None)
    own("mine", json.dumps(manifest))
    make_project("mine", tmp_path / "project")
    firmware = build(tmp_path / "project", compiler="zig")
    assert Emulator(load_board("mine"), firmware).read(5) == b"hello from mine\r\n"


def test_what_may_be_left_out_of_a_manifest_may_be_left_out(own: Write, tmp_path: Path) -> None:
    manifest = shipped("disco_f746ng")
    manifest["build"]["ldscript"] = "mine.ld"
    manifest["tinykit"]["aliases"] = []
    for key in ("devices", "bits", "reset"):
        manifest["tinykit"]["targets"]["emulator"].pop(key, None)
    del manifest["tinykit"]["config"]
    manifest["tinykit"]["targets"]["serial"] = {"baud": "0x2580"}
    own("mine", json.dumps(manifest))
    make_project("mine", tmp_path / "project")
    assert "monitor_speed = 9600" in (tmp_path / "project" / "platformio.ini").read_text()
    assert baud_of(load_board("mine")) == 9600


def test_no_board_is_called_validated_where_it_cannot_run() -> None:
    for board in boards():
        assert set(board.validated) <= set(board.targets), board.id
        assert "hardware" not in board.validated and "renode" not in board.validated, "nobody has run these yet"
        assert board.validated, f"{board.id} runs in no simulator: it should come through export only"


def test_a_plan_may_name_its_board_by_an_alias(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(convolutional())
    plan = tmp_path / "plan.json"
    pipeline.plan(tmp_path / "net.tflite", board="stm32f746", out=plan)
    text = plan.read_text()
    assert '"disco_f746ng"' in text
    plan.write_text(text.replace('"disco_f746ng"', '"stm32f746"'))
    assert pipeline.check(plan).board == "disco_f746ng"
    assert pipeline.render(plan, out=tmp_path / "project").board == "disco_f746ng"
