"""The walk-through from a user's own files works as it stands there, on files of each kind."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Shell
from tests.cli.conftest import shell as shell
from tests.conftest import ROOT
from tinykit.errors import InputError
from tinykit.features.files import csv_folder, wav_folder

PAGE = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+).*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def wav(path: Path, values: np.ndarray, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(values.ndim)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values.astype("<i2").tobytes())


def files(folder: Path, kind: str) -> None:
    """Two classes that are easily told apart, eight files each."""
    rng = np.random.default_rng(4)
    for n in range(8):
        if kind == "Tables":
            for name, size in (("rest", 0.1), ("shake", 1.0)):
                path = folder / "moves" / name / f"{n}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savetxt(path, rng.normal(0, size, (200, 3)), delimiter=",", header="x,y,z", comments="")
        elif kind == "Sounds":
            for name, pitch in (("low", 300), ("high", 2000)):
                tone = 8000 * np.sin(2 * np.pi * pitch * rng.uniform(0.9, 1.1) * np.arange(9000) / 8000)
                wav(folder / "sounds" / name / f"{n}.wav", tone + rng.normal(0, 100, 9000))
        else:
            for name, level in (("dark", 50), ("light", 200)):
                path = folder / "pictures" / name / f"{n}.bmp"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(bitmap(np.clip(rng.normal(level, 30, (40, 40, 3)), 0, 255).astype(np.uint8)))


def bitmap(pixels: np.ndarray) -> bytes:
    """A BMP file of uint8 [height, width, 3]; the width is a multiple of 4."""
    height, width, _ = pixels.shape
    head = np.array([54 + pixels.size, 0, 54, 40, width, height, 1 | 24 << 16, 0, pixels.size, 0, 0, 0, 0], "<u4")
    return b"BM" + head.tobytes() + pixels.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Tables", "Sounds", "Images"])
def test_walk(kind: str, shell: Shell) -> None:
    files(shell.folder, kind)
    text = SECTIONS[kind]
    for toml in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        (shell.folder / "bands.toml").write_text(toml)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=shell.folder, env=env, timeout=300)
    assert run.returncode == 0, run.stderr
    (command,) = re.findall(r"^    tinykit (.*?)\s*$", text, re.MULTILINE)
    report = shell(*shlex.split(command), "--json")
    assert report.code == 0, report.err
    assert report.json["bit_exact"] and report.json["accuracy"]["target"] > 0.8


def test_windows_know_their_file_and_class(tmp_path: Path) -> None:
    wav(tmp_path / "b" / "0.wav", np.arange(25))
    wav(tmp_path / "a" / "1.wav", np.stack([np.arange(12), np.zeros(12)], 1))
    data = wav_folder(tmp_path, 8000, 10)
    assert data.classes == ("a", "b") and data.x.dtype == np.int16
    assert data.x[:, 0].tolist() == [0, 0, 10] and data.y.tolist() == [0, 1, 1] and data.file.tolist() == [0, 1, 1]


def test_tables_with_and_without_a_heading(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.csv").write_text("x,y\n1,2\n3,4e0\n5,6\n")
    (tmp_path / "a" / "1.csv").write_text("1e0,2\n3,4\n")
    data = csv_folder(tmp_path, 2)
    assert data.x.tolist() == [[[1, 2], [3, 4]]] * 2 and data.file.tolist() == [0, 1]


def test_files_as_other_programs_write_them(tmp_path: Path) -> None:
    """Suffixes in capitals, a byte order mark, a heading with a digit, what a system hides in folders."""
    for name in ("a", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "0.CSV").write_text("x0,\n1,2\n3,4\n", encoding="utf-8-sig")
    (tmp_path / "a" / "1.csv").write_text("5,6\n7,8\n", encoding="utf-8-sig")
    (tmp_path / "a" / "._1.csv").write_text("\0")
    data = csv_folder(tmp_path, 2)
    assert data.classes == ("a",) and data.x.reshape(-1).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_class_without_a_window_is_named(tmp_path: Path) -> None:
    wav(tmp_path / "a" / "0.wav", np.arange(25))
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match=r"b: no \*\.wav files in it"):
        wav_folder(tmp_path, 8000, 10)
    wav(tmp_path / "b" / "0.wav", np.arange(9))
    with pytest.raises(InputError, match="b: no file is as long as a window of 10"):
        wav_folder(tmp_path, 8000, 10)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("nan,1\n2,3\n", "nan in row 1 of numbers, column 1"), ("x,y\n1,2\n3,1e40\n", "inf in row 2 of numbers, column 2"),
     ("", "it holds no numbers"), ("x,y\n", "it holds no numbers"), ("1,\n2,3\n", "not a table of numbers")],
)  # fmt: skip
def test_a_table_with_gaps_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.csv").write_text(text)
    with pytest.raises(InputError, match=rf"0\.csv: {complaint}"):
        csv_folder(tmp_path, 1)


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no folders with \*\.wav"):
        wav_folder(tmp_path / "none", 8000, 10)
    wav(tmp_path / "a" / "0.wav", np.arange(25), rate=44100)
    with pytest.raises(InputError, match=r"0\.wav: 16 bits at 44100 Hz, not 16 bits at 8000 Hz"):
        wav_folder(tmp_path, 8000, 10)
    with pytest.raises(InputError, match="no file is as long"):
        wav_folder(tmp_path, 44100, 100)
    (tmp_path / "a" / "0.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match=r"0\.wav: not a readable WAV file"):
        wav_folder(tmp_path, 8000, 10)
    (tmp_path / "a" / "0.csv").write_text("1,2\n1,horse\n")
    with pytest.raises(InputError, match=r"0\.csv: not a table of numbers"):
        csv_folder(tmp_path, 1)
    (tmp_path / "a" / "0.csv").write_text("1,2\n")
    (tmp_path / "a" / "1.csv").write_text("1,2,3\n")
    with pytest.raises(InputError, match=r"1\.csv: 3 columns, the files before it have 2"):
        csv_folder(tmp_path, 1)
