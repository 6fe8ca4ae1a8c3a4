"""The benchmark's runs, on a small model with the sizes of a task, in the emulator and from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Shell, shell
from tests.conftest import ROOT
from tests.support.models import dense
from tests.support.reference import run_reference
from tinykit import pipeline
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.mlperf.run import bench
from tinykit.report import Report
from tinykit.serving import serve
from tinykit.targets.stream import SerialStream

__all__ = ["shell"]
KWS = (490, 12)
SCALE, ZERO_POINT = 0.3, 4  # of a dense model's output


def spotter() -> bytes:
    return dense(*KWS)


def autoencoder() -> bytes:
    """640 values in and out, a few of them taken together."""
    rng = np.random.default_rng(4)
    b = ModelBuilder()
    x = b.input((1, 640), "int8", scale=0.4, zero_point=9)
    w = b.constant(rng.integers(-127, 128, (2, 640)).astype(np.int8), scale=0.01)
    y = b.op("FULLY_CONNECTED", [x, w], shape=(1, 2), scale=1.5, zero_point=0)
    w = b.constant(rng.integers(-127, 128, (640, 2)).astype(np.int8), scale=0.005)
    return b.build([b.op("FULLY_CONNECTED", [y, w], shape=(1, 640), scale=0.5, zero_point=-7)])


def results_of(model: bytes, data: bytes) -> np.ndarray:
    (output,) = run_reference(model, [np.frombuffer(data, np.int8).reshape(1, -1)])
    return SCALE * (output.astype(float).reshape(-1) - ZERO_POINT)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A keyword spotter."""
    folder = tmp_path_factory.mktemp("spotter")
    (folder / "net.tflite").write_bytes(spotter())
    report = pipeline.deploy(folder / "net.tflite", board="stm32f746", out=folder / "project")
    assert report.bit_exact
    return report


@pytest.fixture
def project(deployed: Report) -> Path:
    return Path(str(deployed.project))


def test_accuracy_and_instructions_of_a_classifier(deployed: Report, project: Path, shell: Shell) -> None:
    rng, labels = np.random.default_rng(5), []
    for n in range(6):
        data = rng.integers(0, 256, KWS[0], np.uint8).tobytes()
        shell.file(f"{n}.bin", data)
        right = int(np.argmax(results_of(spotter(), data)))
        labels.append(f"{n}.bin,12,{right if n else (right + 1) % 12}\n")
    shell.file("y_labels.csv", "".join(labels).encode())
    run = shell("bench", "mlperf", project, "--task", "kws", "--data", ".", "--json")
    assert run.code == 0, run.err
    (found,) = run.json["mlperf"]
    assert (found["metric"], found["score"], found["samples"]) == ("accuracy", pytest.approx(5 / 6), 6)
    assert (found["asked"], found["met"]) == (0.9, False)
    assert found["microseconds"] is None  # a simulator tells no time
    assert deployed.instructions is not None
    assert found["instructions"] == pytest.approx(deployed.instructions.measured, rel=0.1)


def test_what_cannot_be_run_is_said(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="'net' is no model for ic: it has 490 and 12 values in and out") as caught:
        bench(project, task="ic", mode="performance")
    assert "bench mlperf MODEL" in caught.value.hint
    with pytest.raises(InputError, match=r"net\.tflite is no model for ad: it has 490 and 12"):
        bench(project.parent / "net.tflite", task="ad")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no model for ad was named"):
        bench(task="ad")
    with pytest.raises(InputError, match="needs a data set"):
        bench(project, task="kws", mode="accuracy")
    with pytest.raises(InputError, match="needs a firmware"):
        bench(project, task="kws", target="host")
    with pytest.raises(InputError, match="host is no simulator"):
        serve(project, target="host", opened=print)


@pytest.mark.slow
def test_an_autoencoder_is_judged_by_what_it_does_not_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model, rng = autoencoder(), np.random.default_rng(6)
    Path("net.tflite").write_bytes(model)
    errors = []
    for n in range(4):
        values = rng.normal(0, 12, 640 + 2 * 128).astype(np.float32)  # three windows
        Path(f"{n}.bin").write_bytes(values.tobytes())
        windows = [values[at : at + 640] for at in (0, 128, 256)]
        errors.append(float(np.mean([restoration_error(model, window) for window in windows])))
    order = np.argsort(errors)
    Path("y_labels.csv").write_text("".join(f"{n}.bin,2,{int(n in order[[1, 3]])},2560,512\n" for n in range(4)))
    found = bench("net.tflite", task="ad", data=".", board="stm32f746", mode="accuracy")
    assert (found.metric, found.score, found.instructions) == ("AUC", 0.75, None)


def restoration_error(model: bytes, values: np.ndarray) -> float:
    stored = np.clip(np.trunc(values / np.float32(0.4) + np.copysign(0.5, values)) + 9, -128, 127).astype(np.int8)
    (output,) = run_reference(model, [stored.reshape(1, -1)])
    return float(np.mean((0.5 * (output.astype(np.float32).reshape(-1) + 7) - values) ** 2))


def test_a_served_firmware_answers_on_its_port(project: Path) -> None:
    """As the public runner does it: pyserial on the port, commands, lines up to m-ready."""
    command = [sys.executable, "-m", "tinykit", "serve", str(project)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        stream = SerialStream(server.stdout.readline().strip(), 115200)
        data = bytes(range(245)) * 2
        text = ""
        for line in (
            "name",
            "profile",
            f"db load {len(data)}",
            *(f"db {data[at : at + 31].hex()}" for at in range(0, 490, 31)),
            "infer 1 0",
        ):
            stream.write(f"{line}%".encode())
            while "m-ready\r\n" not in (text := text + stream.read(20).decode()):
                pass
            answer, _, text = text.partition("m-ready\r\n")
            if line == "profile":
                assert "m-model-[kws01]" in answer
        (results,) = (line for line in answer.splitlines() if line.startswith("m-results-"))
        np.testing.assert_allclose(json.loads(results.removeprefix("m-results-")), results_of(spotter(), data), atol=0.0006)
        stream.close()
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 130
    assert "Traceback" not in str(server.communicate()[1])
