"""A model that goes wrong in one of its layers: the report says what happened, in which function and in which layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.models import convolutional
from tinykit import pipeline
from tinykit.boards import load_board
from tinykit.builder import build
from tinykit.builder.firmware import Firmware
from tinykit.errors import ToolError
from tinykit.targets import open_target
from tinykit.targets.faults import layer_names
from tinykit.targets.stream import SocketStream

LAYER = 1
SABOTAGE = r"""
#include <stdint.h>

extern int8_t ARENA[];
extern uint8_t sabotage_mode;
void sabotage(void);
int too_deep(volatile char *above, int left);
uint8_t sabotage_mode;

__attribute__((noinline)) int too_deep(volatile char *above, int left)
{
    volatile char frame[200];

    frame[0] = *above;
    return left == 0 ? 0 : too_deep(frame, left - 1) + frame[0];
}

__attribute__((noinline)) void sabotage(void)
{
    volatile char none = 0;

    switch (sabotage_mode) {
    case 'w': *(volatile uint32_t *)0xdfff0000u = 1; break;
    case 't': __builtin_trap(); break;
    case 's': (void)too_deep(&none, 100000); break;
    case 'e': for (volatile int i = 0;; i++) { } break;
    case '-': ((volatile int8_t *)ARENA)[-1] = 0; break;
    case '+': ((volatile int8_t *)ARENA)[BYTES] = 0; break;
    default: break;
    }
}
"""
CASES = [
    ("w", "faults|writes at 0xdfff0000", "sabotage"),
    ("t", "faults", "sabotage"),
    ("s", "overflows its stack", ""),
    ("e", "hangs", "sabotage"),
    ("-", "wrote outside the arena, below it", ""),
    ("+", "wrote outside the arena, behind it", ""),
]


def sabotaged(folder: Path, board: str, layer: int = LAYER, *, min_ram: bool = False) -> Firmware:
    """A firmware that misbehaves in `layer` as the first byte of its input says."""
    (folder / "net.tflite").write_bytes(convolutional())
    pipeline.plan(folder / "net.tflite", board=board, min_ram=min_ram, out=folder / "plan.json")
    pipeline.render(folder / "plan.json", out=folder / "project")
    source = folder / "project" / "lib" / "net" / "src" / "net.c"
    text = source.read_text()
    for before, after in (
        (f"TK_AT({layer});", f"TK_AT({layer}); extern void sabotage(void); sabotage();"),
        ("memcpy(T0 + offset", "extern uint8_t sabotage_mode; sabotage_mode = *(const uint8_t *)data; memcpy(T0 + offset"),
        ("static _Alignas(16) int8_t net_arena", "_Alignas(16) int8_t net_arena"),
    ):
        assert before in text
        text = text.replace(before, after)
    source.write_text(text)
    arena = text.partition("Arena of ")[2].split()[0]
    (folder / "project" / "src" / "sabotage.c").write_text(SABOTAGE.replace("ARENA", "net_arena").replace("BYTES", arena))
    return build(folder / "project")


@pytest.fixture(
    scope="module",
    params=[("stm32f746", "emulator"), ("mps2_an386", "qemu"), pytest.param(("riscv32_virt", "qemu"), marks=pytest.mark.slow)],
    ids=lambda p: p[0],
)
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], str]
) -> Callable[[str], str]:
    """Runs the sabotaged firmware with a mode and returns what is said of it."""
    name, target = request.param
    board = load_board(name)
    if target == "qemu":
        tool(board.target("qemu")["system"])
    folder = tmp_path_factory.mktemp(name)
    firmware = sabotaged(folder, name)
    project = folder / "project"

    def deploy(mode: str) -> str:
        opened = open_target(
            target, board, project, prefix="net", sha256="", firmware=firmware, limit=3.0 if mode == "e" else 60.0
        )
        image = np.zeros((1, 8, 8, 3), np.int8)
        with pytest.raises(ToolError) as caught, opened as device:
            if mode != "e":  # on a busy computer that may take longer than a hang may
                device.run([image])
            image.flat[0] = ord(mode)
            device.run([image])
        assert caught.value.exit_code == 4
        assert "\n" not in caught.value.message
        if mode in "+-":  # only the emulator sees in which function
            assert ("in sabotage" in caught.value.message) == ("emulator" in board.targets)
        else:
            assert "sp=" in caught.value.hint
        return caught.value.message

    return deploy


@pytest.mark.parametrize(("mode", "what", "function"), CASES, ids=[what for _, what, _ in CASES])
def test_what_goes_wrong_is_told_with_function_and_layer(
    run: Callable[[str], str], mode: str, what: str, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode == "e":
        monkeypatch.setattr(SocketStream, "patience", 5.0)
    message = run(mode)
    assert any(words in message for words in what.split("|")), message
    assert f"layer {LAYER} (" in message, message
    assert function in message, message


@pytest.mark.parametrize(
    ("board", "target"),
    [
        ("disco_f746ng", "emulator"),
        ("mps2_an386", "qemu"),
        ("riscv32_virt", "qemu"),
        pytest.param("mps3_an547", "qemu", marks=pytest.mark.slow),
    ],
)
def test_simulators_find_who_wrote_outside_the_arena(
    board: str, target: str, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    """Also where the layer is not the last of its step."""
    if target == "qemu":
        tool(load_board(board).target("qemu")["system"])
    firmware = sabotaged(tmp_path, board, layer=0, min_ram=True)
    (net,) = (tmp_path / "project" / "lib").rglob("net.c")
    step = net.read_text().partition("static void block1")[0]
    assert "TK_AT(0)" in step and "TK_AT(1)" in step
    opened = open_target(target, load_board(board), tmp_path / "project", prefix="net", sha256="", firmware=firmware)
    image = np.zeros((1, 8, 8, 3), np.int8)
    image.flat[0] = ord("+")
    with pytest.raises(ToolError) as caught, opened as device:
        device.run([image])
    assert "behind it" in caught.value.message
    assert ("in sabotage" in caught.value.message) == ("emulator" in load_board(board).targets)
    assert "in layer 0 (CONV_2D" in caught.value.message


def test_layers_are_named_by_operator_and_tensor(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(convolutional())
    pipeline.plan(tmp_path / "net.tflite", board="emu_m4", out=tmp_path / "plan.json")
    pipeline.render(tmp_path / "plan.json", out=tmp_path / "project")
    kinds = [name.split()[0] for name in layer_names(tmp_path / "project")]
    assert kinds == ["CONV_2D", "MEAN", "FULLY_CONNECTED"]
