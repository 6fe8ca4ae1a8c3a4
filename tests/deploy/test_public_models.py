"""The ten public models, each as a firmware in the emulator: every byte, on random and on real inputs, in both plans."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

import tinykit
from tinykit import pipeline
from tinykit.graph.reader import read

REAL_INPUTS = {
    "ad_autoencoder_int8": "toycar",
    "ic_resnet8_int8": "resnet",
    "kws_dscnn_int8": "aww",
    "micro_speech_int8": "micro_speech",
    "person_detect_int8": "person_detect",
    "vww_mobilenet025_96_int8": "vww",
}
INPUTS = 10


@pytest.fixture
def real_inputs(shared: Path, shared_model: Path) -> Path | None:
    name = REAL_INPUTS.get(shared_model.stem)
    return shared / "data" / "mlperf_tiny" / name / "input" if name else None


def test_firmware_in_the_emulator(shared_model: Path, real_inputs: Path | None, tmp_path: Path) -> None:
    report = tinykit.deploy(shared_model, board="stm32f746", out=tmp_path / "firmware")
    assert report.bit_exact
    assert report.inputs is not None and report.inputs.count == INPUTS
    if real_inputs is not None:
        report = pipeline.validate(tmp_path / "firmware", data=real_inputs)
        assert report.bit_exact
        assert report.inputs is not None and report.inputs.count == len(list(real_inputs.glob("*.bin")))


def test_smallest_plan_in_the_emulator(shared_model: Path, tmp_path: Path) -> None:
    graph = read(shared_model)
    shape = graph.tensors[graph.inputs[0].tensor].shape
    inputs = np.random.default_rng(3).integers(-128, 128, (3, *shape[1:]), np.int8)
    np.save(tmp_path / "inputs.npy", inputs)
    report = tinykit.deploy(
        shared_model, board="stm32f746", min_ram=True, data=tmp_path / "inputs.npy", out=tmp_path / "firmware"
    )
    assert report.bit_exact
    assert report.inputs is not None and report.inputs.count == len(inputs)
    assert report.sram is not None and report.sram.arena == arena_of(tmp_path / "firmware")


def arena_of(project: Path) -> int:
    """Bytes of the arena as linked."""
    (elf,) = project.glob(".pio/build/*/firmware.elf")
    with elf.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab")
        (size,) = (s["st_size"] for s in symbols.iter_symbols() if re.fullmatch(r"\w+_arena(_memory)?", s.name))
    return int(size)
