"""Reading the inputs to validate on, and what tinykit.toml says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.models import convolutional
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.config import load_config, write_config
from tinykit.errors import InputError
from tinykit.features import ImageFrontEnd
from tinykit.graph.ir import Graph
from tinykit.graph.reader import parse
from tinykit.samples import Samples, accuracy, as_samples, random_samples, read_data
from tinykit.sizes import parse_size
from tinykit.steps import read_inputs

SHAPE = (1, 8, 8, 3)


def load_samples(graph: Graph, path: Path) -> Samples:
    return as_samples(graph, read_data(path))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return parse(convolutional(), name="m", source="m.tflite")


def test_random_inputs_repeat(graph: Graph) -> None:
    one, two = random_samples(graph), random_samples(graph)
    assert len(one.inputs) == 10 and one.labels is None
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one.inputs, two.inputs, strict=True))
    assert one.inputs[0][0].dtype == np.int8 and one.inputs[0][0].shape == SHAPE
    assert min(i[0].min() for i in one.inputs) == -128 and max(i[0].max() for i in one.inputs) == 127


def test_real_values_are_quantised(graph: Graph, tmp_path: Path) -> None:
    x = np.full((2, 8, 8, 3), 1.0, np.float32)
    x[1] = 1000
    np.save(tmp_path / "x.npy", x)
    samples = load_samples(graph, tmp_path / "x.npy")
    assert samples.inputs[0][0].flat[0] == 2 - 3  # 1.0 / 0.5, zero point −3
    assert samples.inputs[1][0].flat[0] == 127


def test_folder_in_the_order_of_its_numbers(graph: Graph, tmp_path: Path) -> None:
    for n in (0, 2, 10):
        (tmp_path / f"{n}.bin").write_bytes(bytes([n]) * 192)
    samples = load_samples(graph, tmp_path)
    assert [int(i[0].flat[0]) for i in samples.inputs] == [0, 2, 10]


def test_folder_of_float_samples(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "0.bin").write_bytes(np.full(192, 2.0, "<f4").tobytes())
    assert load_samples(graph, tmp_path).inputs[0][0].flat[0] == 4 - 3


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((2, 7, 7, 3), np.int8)},
        {"x": np.zeros((2, 3, 8, 8), np.int8)},
        {"x": np.zeros((0, 8, 8, 3), np.int8)},
        {"x": np.zeros((2, 8, 8, 3), np.uint8)},
        {"x": np.full((2, 8, 8, 3), np.nan, np.float32)},
        {"x": np.zeros((2, 8, 8, 3), np.int8), "y": np.zeros(3, np.int64)},
        {"x": np.zeros((2, 8, 8, 3), np.int8), "y": np.zeros(2, np.float32)},
        {"x": np.array([object()], dtype=object)},
        {"images": np.zeros((2, 8, 8, 3), np.int8)},
    ],
)
def test_data_that_does_not_fit(graph: Graph, tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(InputError, match=r"d\.npz"):
        load_samples(graph, tmp_path / "d.npz")


@pytest.fixture(scope="module")
def two() -> Graph:
    b = ModelBuilder()
    image, extra = b.input((1, 4, 3), scale=0.5, name="image"), b.input((1, 2, 3), scale=0.25, name="extra")
    y = b.op("CONCATENATION", [image, extra], shape=(1, 6, 3), axis=1, scale=0.5)
    return parse(b.build([y]), name="two", source="two.tflite")


@pytest.mark.parametrize("names", [("image", "extra"), ("x0", "x1"), ("image", "x1")])
def test_several_inputs(two: Graph, tmp_path: Path, names: tuple[str, str]) -> None:
    arrays = {names[0]: np.ones((5, 4, 3), np.float32), names[1]: np.full((5, 2, 3), 7, np.int8), "y": np.arange(5)}
    np.savez(tmp_path / "d.npz", **arrays)
    samples = load_samples(two, tmp_path / "d.npz")
    assert len(samples.inputs) == 5 and samples.labels is not None
    assert [value.shape for value in samples.inputs[4]] == [(1, 4, 3), (1, 2, 3)]
    assert [int(value.flat[0]) for value in samples.inputs[4]] == [2, 7]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.zeros((5, 4, 3), np.int8)}, "has inputs image, extra"),
        ({"image": np.zeros((5, 4, 3), np.int8)}, "no array named extra or x1"),
        ({"image": np.zeros((5, 4, 3), np.int8), "extra": np.zeros((4, 2, 3), np.int8)}, "differ in how many"),
        ({"image": np.zeros((5, 4, 3), np.int8), "extra": np.zeros((5, 2, 2), np.int8)}, "extra has shape"),
        ({"image": np.zeros((5, 4, 3), np.int8), "extra": np.zeros((5, 2, 3), np.int16)}, "extra is int16"),
    ],
)
def test_several_inputs_that_do_not_fit(two: Graph, tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(InputError, match=rf"d\.npz.*{sentence}"):
        load_samples(two, tmp_path / "d.npz")


def test_recordings_that_a_front_end_does_not_take(tmp_path: Path) -> None:
    front = ImageFrontEnd(4, 4, 2, 2, "grey", 1)
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 4, 4), np.float32))
    with pytest.raises(InputError, match=r"d\.npz: the front end takes uint8 \[n, 16\], not float32 \[2, 4, 4\]"):
        read_inputs(None, tmp_path / "d.npz", front)


def test_accuracy(graph: Graph, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((4, 8, 8, 3), np.int8), y=np.array([0, 1, 1, 1]))
    samples = load_samples(graph, tmp_path / "d.npz")
    outputs = [np.array([[9, 0]]), np.array([[0, 9]]), np.array([[0, 9]]), np.array([[9, 0]])]
    assert accuracy(samples, outputs) == 0.75
    assert accuracy(random_samples(graph), outputs) is None


@pytest.mark.parametrize("label", [-1, 4])
def test_a_label_that_no_output_stands_for(graph: Graph, tmp_path: Path, label: int) -> None:
    outputs = graph.tensors[graph.outputs[0].tensor].elements
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 8, 8, 3), np.int8), y=np.array([0, label if label < 0 else outputs]))
    with pytest.raises(InputError, match=rf"d\.npz: y holds label .*, the model has {outputs} outputs, numbered from 0"):
        load_samples(graph, tmp_path / "d.npz")


def test_one_output_has_no_accuracy(graph: Graph, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 8, 8, 3), np.int8), y=np.array([0, 1]))
    assert accuracy(load_samples(graph, tmp_path / "d.npz"), [np.array([[5]])] * 2) is None


@pytest.mark.parametrize(
    ("text", "size"), [("65536", 65536), ("64k", 65536), ("64 KiB", 65536), ("1m", 1 << 20), ("0.5K", 512), ("7B", 7)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "k", "-1", "1g", "1.3", "64kk", "0x10", "inf"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(InputError):
        parse_size(text)


def test_settings_are_read_back(tmp_path: Path) -> None:
    write_config(tmp_path, model='odd "name".tflite', board="emu_m4")
    config = load_config(tmp_path)
    assert (config.model, config.board, config.sram) == ('odd "name".tflite', "emu_m4", None)


def test_paths_in_settings_are_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(b"")
    (tmp_path / "tinykit.toml").write_text('model = "m.tflite"\ndata = "d.npz"\n[plan]\nsram = "64k"\nmin_ram = true\n')
    config = load_config(tmp_path)
    assert config.model == str(tmp_path / "m.tflite") and config.data == tmp_path / "d.npz"
    assert config.sram == 65536 and config.min_ram is True
