"""Calibration and labels that do not suit the model, told before TensorFlow is asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinykit.errors import InputError
from tinykit.families import open_family
from tinykit.quantizer import convert, worker
from tinykit.resources import data_path
from tinykit.samples import suits

SHAPES = {"input": (1, 8, 8, 3)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What would be asked of TensorFlow's process."""
    monkeypatch.setenv("TINYKIT_CACHE", str(tmp_path / "cache"))
    requests: list[dict[str, Any]] = []

    def work(request: dict[str, Any], *others: object) -> None:
        requests.append(request)
        raise InterruptedError

    monkeypatch.setattr(convert, "_work", work)
    return requests


def test_of_many_images_some_of_each_class(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(b"")
    for number in range(1200):
        file = tmp_path / "images" / ("dark", "light")[number >= 600] / f"{number:04}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    with pytest.raises(InterruptedError):
        convert.quantize(tmp_path / "net.keras", tmp_path / "images")
    files = asked[0]["images"]
    assert len(set(files)) == 500 and sum("dark" in file for file in files) == 250
    assert asked[0]["scale"] == (1, 0)


def test_images_for_a_family_have_its_scale(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"")
    with pytest.raises(InterruptedError):
        convert.quantize(open_family(data_path("models") / "mcunet"), tmp_path)
    assert asked[0]["scale"] != (1, 0)


def test_numbers_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(b"")
    np.savez(tmp_path / "c.npz", x=np.array([[1, np.nan]]))
    with pytest.raises(InputError, match=r"c\.npz: x holds values that are not finite"):
        convert.quantize(tmp_path / "net.keras", tmp_path / "c.npz")


@pytest.mark.parametrize("shape", [(10, 16, 16, 3), (10, 3, 8, 8), (8, 8, 3), (10, 8, 24)])
def test_calibration_of_another_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.savez(tmp_path / "c.npz", x=np.zeros(shape))
    with pytest.raises(ValueError, match="do not suit input 'input'"):
        worker._calibration({"calibration": str(tmp_path / "c.npz")}, SHAPES, None)


@pytest.mark.parametrize("shape", [(10, 8, 8, 3), (10, 1, 8, 8, 3), (10, 192)])
def test_calibration_of_this_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.savez(tmp_path / "c.npz", x=np.zeros(shape))
    (found,) = worker._calibration({"calibration": str(tmp_path / "c.npz")}, SHAPES, None)
    assert found.shape == (10, 8, 8, 3)


def test_axes_of_one_do_not_count() -> None:
    assert suits((1000, 32), (1, 1000, 32, 1)) and suits((), (1, 1)) and not suits((32, 1000), (1, 1000, 32, 1))


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    class Refused(Exception):
        pass

    def refuse(data: bytes, **options: object) -> None:
        raise Refused("Unknown image file format.")

    tf = SimpleNamespace(io=SimpleNamespace(decode_image=refuse), errors=SimpleNamespace(OpError=Refused))
    (tmp_path / "7.png").write_bytes(b"rubbish")
    with pytest.raises(ValueError, match=r"7\.png is not an image of 3 channels .*: Unknown image"):
        worker._calibration({"images": [str(tmp_path / "7.png")], "scale": (1, 0)}, SHAPES, tf)
