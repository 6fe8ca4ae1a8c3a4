"""`tinykit train`: a family's scripts in a copy of its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.cli.conftest import Shell

SCRIPT = """
import argparse
from pathlib import Path
parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path)
text = (parser.parse_args().data / "facts.txt").read_text()
"""


def family(shell: Shell) -> Path:
    folder = shell.folder / "mine"
    folder.mkdir()
    (folder / "family.toml").write_text('name = "mine"\nsummary = "m"\nweights = "weights.keras"\nsamples = "samples.npz"\n')
    (folder / "weights.keras").write_text("old")
    np.savez(folder / "samples.npz", x=np.zeros((1, 2)), y=np.zeros(1))
    (folder / "train.py").write_text(SCRIPT + "print('epoch 1/1')\nPath(__file__).with_name('weights.keras').write_text(text)\n")
    (folder / "make_samples.py").write_text(SCRIPT)
    data = shell.folder / "data"
    data.mkdir()
    (data / "facts.txt").write_text("new")
    return folder


def test_a_trained_family_is_a_folder_of_its_own(shell: Shell) -> None:
    folder = family(shell)
    run = shell("train", "mine", "--data", "data", "--out", "better")
    assert run.code == 0, run.err
    assert "epoch 1/1" in run.out and "tinykit deploy better" in run.out
    assert (folder / "weights.keras").read_text() == "old"
    assert (shell.folder / "better" / "weights.keras").read_text() == "new"
    assert shell.names() == {"mine", "data", "better"}


def test_a_family_is_trained_where_it_lies(shell: Shell) -> None:
    folder = family(shell)
    run = Shell(folder)("train", ".", "--data", "../data")
    assert run.code == 0 and "tinykit deploy mine-trained" in run.out, run.err
    assert {p.name for p in (folder / "mine-trained").iterdir()} == {p.name for p in folder.iterdir()} - {"mine-trained"}


def test_a_folder_without_the_familys_data_is_refused(shell: Shell) -> None:
    folder = family(shell)
    with (folder / "family.toml").open("a") as file:
        file.write('data = "figures.npz"\n')
    shell("train", "mine", "--data", "data").failed(2, "data has no figures.npz")
    assert shell.names() == {"mine", "data"}


def test_epochs_reach_the_script_that_trains(shell: Shell) -> None:
    folder = family(shell)
    (folder / "train.py").write_text(SCRIPT.replace("text =", 'parser.add_argument("--epochs", type=int)\ntext ='))
    (folder / "train.py").open("a").write("print('at most', parser.parse_args().epochs)")
    for given, told in (["--epochs", "3"], "at most 3"), ([], "at most None"):
        run = shell("train", "mine", "--data", "data", "--out", f"better{len(given)}", *given)
        assert run.code == 0 and told in run.out, run.err


def test_a_variant_is_trained_by_name(shell: Shell) -> None:
    folder = family(shell)
    (folder / "family.toml").open("a").write("[variants.tiny]\nweights = 'tiny.keras'\n")
    (folder / "tiny.keras").write_text("old")
    (folder / "train.py").write_text(SCRIPT.replace("text =", 'parser.add_argument("--variant")\ntext ='))
    (folder / "train.py").open("a").write("Path(__file__).with_name(parser.parse_args().variant + '.keras').write_text(text)")
    run = shell("train", "mine:tiny", "--data", "data")
    assert run.code == 0 and "tinykit deploy mine-tiny-trained:tiny" in run.out, run.err
    trained = shell.folder / "mine-tiny-trained"
    assert [(trained / name).read_text() for name in ("weights.keras", "tiny.keras")] == ["old", "new"]


def test_a_script_that_fails_leaves_nothing(shell: Shell) -> None:
    folder = family(shell)
    (folder / "make_samples.py").write_text("raise SystemExit(3)")
    shell("train", "mine", "--data", "data", "--out", "better").failed(4, "make_samples.py", "exit code 3")
    assert shell.names() == {"mine", "data"}


def test_what_cannot_be_trained_is_said(shell: Shell) -> None:
    folder = family(shell)
    shell("train", "mine", "--data", "nowhere").failed(2, "nowhere", "no such folder")
    shell("train", "mine", "--data", "data", "--out", "mine").failed(2, "exists already")
    (folder / "train.py").unlink()
    shell("train", "mine", "--data", "data").failed(2, "no train.py")
    shell.file("m.tflite", b"")
    shell("train", "m.tflite", "--data", "data").failed(2, "no model family")


def test_a_family_file_that_is_no_toml_is_refused(shell: Shell) -> None:
    (family(shell) / "family.toml").write_text("a = " + "[" * 10_000)
    shell("train", "mine", "--data", "data").failed(2, "family.toml: not valid TOML")
