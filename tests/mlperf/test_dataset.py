"""Data sets as the benchmark's runner wants them, and ones that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinykit.errors import InputError
from tinykit.mlperf.bench import auc
from tinykit.mlperf.dataset import read_dataset
from tinykit.mlperf.tasks import TASKS, find_task


def dataset(folder: Path, labels: str, **files: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "y_labels.csv").write_text(labels)
    for name, size in files.items():
        (folder / f"{name}.bin").write_bytes(bytes(i % 251 for i in range(size)))
    return folder


def test_a_file_is_an_input(tmp_path: Path) -> None:
    dataset(tmp_path, "a.bin,12,7\n\nb.bin,12,0\n", a=490, b=490)
    samples = read_dataset(tmp_path, find_task("kws"))
    assert [(s.path.name, s.label) for s in samples] == [("a.bin", 7), ("b.bin", 0)]
    (data,) = samples[0].inputs()
    assert data == (tmp_path / "a.bin").read_bytes()


def test_a_recording_is_cut_into_windows(tmp_path: Path) -> None:
    dataset(tmp_path, "a.bin,2,1,2560,512\n", a=2560 + 3 * 512 + 100)
    (sample,) = read_dataset(tmp_path, find_task("ad"))
    data = (tmp_path / "a.bin").read_bytes()
    assert list(sample.inputs()) == [data[at : at + 2560] for at in (0, 512, 1024, 1536)]


def test_the_folder_of_all_data_sets_serves_too(tmp_path: Path) -> None:
    dataset(tmp_path / "ic01", "a.bin,10,3\n", a=3072)
    assert read_dataset(tmp_path, find_task("ic"))[0].label == 3


def test_a_limit_takes_files_evenly(tmp_path: Path) -> None:
    dataset(tmp_path, "".join(f"a.bin,12,{i}\n" for i in range(10)), a=490)
    assert [s.label for s in read_dataset(tmp_path, find_task("kws"), 3)] == [0, 3, 6]
    assert len(read_dataset(tmp_path, find_task("kws"), 99)) == 10


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("", "names no files"),
        ("a.bin\n", "line 1: 'a.bin' is no sample"),
        ("a.bin,2,1\na.bin,two,1\n", "line 2: 'a.bin,two,1' is no sample"),
        ("c.bin,2,1\n", "line 1: there is no file c.bin"),
        ("../x/a.bin,2,1\n", "leads out of the data set"),
        ("a.bin,2,2\n", "class 2 is none of 2"),
        ("a.bin,2,-1\n", "class -1 is none of 2"),
        ("a.bin,2,1,0,512\n", "a window of 0 bytes"),
        ("a.bin,2,1,2560,0\n", "every 0 cannot be"),
        ("a.bin,2,1\x00\n", "is no sample"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, labels: str, words: str) -> None:
    dataset(tmp_path, labels, a=2560)
    with pytest.raises(InputError, match=words) as caught:
        read_dataset(tmp_path, find_task("ad"))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("size", [0, 100, 489, 491])
def test_a_file_of_another_size_is_named(tmp_path: Path, size: int) -> None:
    dataset(tmp_path, "a.bin,12,7\nb.bin,12,0\n", a=490, b=size)
    with pytest.raises(InputError, match=rf"line 2: b\.bin has {size} bytes, an input of kws has 490 \(int8\), or 1,960"):
        read_dataset(tmp_path, find_task("kws"))


def test_a_recording_that_is_too_short_is_named(tmp_path: Path) -> None:
    dataset(tmp_path, "a.bin,2,1,2560,512\n", a=2559)
    with pytest.raises(InputError, match=r"a\.bin: 2,559 bytes, fewer than one window"):
        list(read_dataset(tmp_path, find_task("ad"))[0].inputs())


def test_a_folder_without_labels_and_a_task_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no y_labels\.csv"):
        read_dataset(tmp_path, find_task("vww"))
    with pytest.raises(InputError, match="no task 'sww'"):
        find_task("sww")


def test_the_tasks_are_told_apart_by_their_sizes() -> None:
    assert len({(task.inputs, task.outputs) for task in TASKS.values()}) == len(TASKS)


def test_the_area_under_the_curve() -> None:
    assert auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75
    assert auc([0, 1], [1.0, 1.0]) == 0.5
    assert auc([1, 0, 1], [3.0, 1.0, 2.0]) == 1.0
    with pytest.raises(InputError, match="both classes"):
        auc([1, 1], [0.1, 0.2])
