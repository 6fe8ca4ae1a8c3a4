"""Front ends: their filters, their bounds against double precision, and that C computes the very same bytes."""

from __future__ import annotations

import ctypes
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.reference import runtime
from tinykit.boards import load_board
from tinykit.builder.host import build_host
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.features import (
    BandPass,
    FrontEnd,
    ImageFrontEnd,
    Levels,
    MelFrontEnd,
    SignalFrontEnd,
    WaveletFrontEnd,
    cepstrum,
)
from tinykit.features.open import check_frontend, read_frontend
from tinykit.graph import Graph, load
from tinykit.planner import PlanOptions, plan
from tinykit.renderer import render
from tinykit.samples import random_recordings

HEART = WaveletFrontEnd(2000, 10000, 1000, 32, 20, 500, 16, 65536)
SPEECH = MelFrontEnd(8000, 4000, 25, 20, 60, 3800, 4, 40000, window=256)
CEPSTRA = MelFrontEnd(8000, 2000, 25, 20, 60, 3800, 4, 40000, window=128, cepstra=13)
IMAGES = (
    ImageFrontEnd(20, 11, 4, 7, "grey", 1, left=3, crop_width=15),
    ImageFrontEnd(12, 9, 9, 5, "rgb565", top=0, left=1),
    ImageFrontEnd(14, 10, 5, 4, "yuyv", left=3, top=2, crop_width=9, crop_height=7),
    ImageFrontEnd(14, 10, 4, 14, "yuyv", 1),
    ImageFrontEnd(9, 8, 4, 3, "rgb888", 1, top=1, left=2, crop_width=5, crop_height=6),
)
SIGNALS = SignalFrontEnd(250, 120, 5, 1, 40, 7, order=4, decimate=3)
SMALL = WaveletFrontEnd(1000, 600, 20, 6, 15, 110, 4, 20000, decimate=3, order=4)


def network(frontend: FrontEnd, scale: float) -> bytes:
    rng = np.random.default_rng(3)
    b = ModelBuilder()
    rows, values = frontend.shape
    x = b.input((1, rows, values, 1), "int8", scale=scale, zero_point=frontend.zero_point)
    w = b.constant(rng.integers(-127, 128, (3, 4, 3, 1)).astype(np.int8), scale=[0.02] * 3)
    v = b.constant(rng.integers(-9, 10, 3).astype(np.int32), scale=[0.02 * scale] * 3)
    shape = (1, rows - 3, values - 2, 3)
    y = b.op("CONV_2D", [x, w, v], shape=shape, scale=0.05, zero_point=1, padding="VALID")
    return b.build([b.op("MEAN", [y], shape=(1, 3), scale=0.05, zero_point=1, axes=[1, 2])])


def graph(folder: Path, frontend: FrontEnd, scale: float | None = None) -> Graph:
    (folder / "net.tflite").write_bytes(network(frontend, scale or frontend.step))
    return load(folder / "net.tflite")


def in_double_precision(frontend: WaveletFrontEnd, recording: np.ndarray) -> np.ndarray:
    """Levels [frames, bands], neither rounded nor clipped, of the same transform with nothing rounded before."""
    filtered = frontend.bandpass.apply(recording[None])[0].astype(np.float64)
    hop, rate = frontend.analysis.hop, frontend.rate / frontend.decimate
    found = np.empty((frontend.frames, frontend.bands))
    for band, wavelet in enumerate(frontend.analysis.wavelets):
        scale = frontend.cycles * rate / (2 * np.pi * wavelet.frequency)
        k = np.arange(-wavelet.half, wavelet.half + 1)
        envelope = np.exp(-0.5 * (k / scale) ** 2)
        wave = envelope / envelope.sum() * np.exp(2j * np.pi * wavelet.frequency / rate * k)
        answers = np.convolve(np.pad(filtered, wavelet.half), np.conj(wave)[::-1].conj(), "valid") * (65000 / 4096)
        power = np.stack([np.abs(answers[p::hop]) ** 2 for p in wavelet.points]).mean(0)
        found[:, band] = np.log(np.sqrt(power + 1e-9) / frontend.floor) / np.log(frontend.ceiling / frontend.floor) * 255
    return found


@pytest.mark.parametrize(
    "filtering", [BandPass(2000, 20, 500), BandPass(2000, 20, 500, 4), BandPass(8000, 20, 500, 4), BandPass(500, 1, None)]
)
def test_the_band_ends_three_decibels_down(filtering: BandPass) -> None:
    edges = [filtering.low] if filtering.high is None else [filtering.low, filtering.high]
    assert [filtering.response(edge) for edge in edges] == pytest.approx([2**-0.5] * len(edges), abs=0.005)
    assert filtering.response(filtering.low / 10) < 0.02
    assert filtering.response(np.sqrt(filtering.low * (filtering.high or filtering.rate / 2))) == pytest.approx(1, abs=0.02)


def test_a_sine_comes_through_and_an_offset_does_not() -> None:
    filtering = BandPass(2000, 20, 500)
    t = np.arange(4000) / 2000
    sine = np.rint(10000 * np.sin(2 * np.pi * 100 * t)).astype(np.int16)
    assert np.abs(filtering.apply(sine[None])[0, 2000:]).max() == pytest.approx(10000, rel=0.01)
    assert not filtering.apply(np.full((1, 4000), 12345, np.int16)).any()


def test_full_scale_is_clipped_and_not_wrapped() -> None:
    square = np.where(np.arange(4000) // 20 % 2, 32767, -32768).astype(np.int16)
    filtered = BandPass(2000, 20, 500).apply(square[None])[0].astype(int)
    settled = filtered[1000:].reshape(-1, 40)
    assert filtered.max() == 32767 and filtered.min() == -32767
    assert (settled[:, 5:15] < 0).all() != (settled[:, 5:15] > 0).all()


@pytest.mark.parametrize("frontend", [HEART, SMALL], ids=["heart", "small"])
def test_within_one_and_a_half_steps_of_double_precision(frontend: WaveletFrontEnd) -> None:
    """Where the band holds more than a 256th of the loudest one: rounded wavelets leak some 50 dB below that."""
    for recording in random_recordings(frontend.samples)[1:]:
        exact, found = in_double_precision(frontend, recording), frontend.apply(recording[None])[0].astype(int) + 128
        audible = exact > exact.max() - 255 * np.log(256) / np.log(frontend.ceiling / frontend.floor)
        audible &= exact > 255 * np.log(64 / frontend.floor) / np.log(frontend.ceiling / frontend.floor)
        assert audible.mean() > 0.4
        assert np.abs(found - np.clip(exact, 0, 255))[audible].max() <= 1.5


def test_mel_bands_are_those_of_double_precision() -> None:
    """Within a step where a band holds more than a 256th of the loudest one."""
    mel, ratio = SPEECH.analysis, np.log(SPEECH.ceiling / SPEECH.floor)
    recording = random_recordings(SPEECH.samples)[1]
    padded = np.pad(SPEECH.bandpass.apply(recording[None])[0].astype(np.float64), mel.reach)
    found = SPEECH.apply(recording[None])[0].astype(int) + 128
    edges = 700 * (10 ** (np.linspace(*(2595 * np.log10(1 + np.array([60, 3800]) / 700)), 22) / 2595) - 1)
    bins = np.arange(129) * 8000 / 256
    for t in range(SPEECH.frames):
        frame = padded[t * 160 + mel.lead :][:256]
        power = np.abs(np.fft.rfft(frame * (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(256) + 0.5) / 256)))) ** 2
        for band, (left, middle, right) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
            at, begin, top, end = (np.log10(1 + f / 700) for f in (bins, left, middle, right))
            rising, falling = (at - begin) / (top - begin), (end - at) / (end - top)
            magnitude = np.sqrt(power @ np.clip(np.minimum(rising, falling), 0, None)) * 8 / 64
            assert found[t, band] == pytest.approx(np.clip(np.log(magnitude / 4) / ratio, 0, 1) * 255, abs=1.0)


def test_a_tone_has_the_magnitude_that_levels_are_in() -> None:
    tone = np.rint(3000 * np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)).astype(np.int16)
    power = SPEECH.power(tone[None])[0, 12]
    assert np.sqrt(power.max() / SPEECH.analysis.unit) == pytest.approx(8 * 3000, rel=0.35)
    reached = [first <= 32 < first + len(weights) for first, weights in SPEECH.analysis.triangles]  # 1000 Hz is bin 32
    assert reached[power.argmax()]


def test_pixels_of_known_colours() -> None:
    def shown(form: str, *bytes_: int) -> list[int]:
        front = ImageFrontEnd(2, 1, 1, 2, form)  # type: ignore[arg-type]
        return (front.apply(np.array([bytes_], np.uint8)).astype(int) + 128).reshape(-1).tolist()

    assert shown("rgb565", 0xF8, 0x00, 0x07, 0xFF) == [255, 0, 0, 0, 255, 255]
    assert shown("yuyv", 76, 85, 76, 255) == [254, 0, 0] * 2  # red, as JPEG's tables have it
    assert shown("yuyv", 255, 128, 0, 128) == [255] * 3 + [0] * 3
    assert shown("rgb888", 1, 2, 3, 4, 5, 6) == [1, 2, 3, 4, 5, 6]
    assert shown("grey", 7, 200) == [7] * 3 + [200] * 3


def test_a_value_is_the_mean_of_what_it_covers() -> None:
    image = np.random.default_rng(5).integers(0, 256, (1, 10, 12), np.uint8)
    found = ImageFrontEnd(12, 10, 4, 4, "grey", 1, left=2, top=1, crop_width=8, crop_height=8).apply(image.reshape(1, -1))
    means = image[0, 1:9, 2:10].reshape(4, 2, 4, 2).mean((1, 3))
    np.testing.assert_allclose(found[0, :, :, 0].astype(int) + 128, means, atol=0.5)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"columns": 21}, "cannot become 21"),
        ({"left": 10}, "10 pixels from 10 of 20 cannot become 12"),
        ({"left": -1}, "from -1"),
        ({"format": "jpeg"}, "frontend.format cannot be 'jpeg'"),
        ({"channels": 2}, "1 or 3 channels"),
        ({"format": "yuyv", "width": 21}, "odd"),
    ],
)
def test_a_wrong_image_table_is_named(change: dict[str, object], complaint: str) -> None:
    table = ImageFrontEnd(20, 10, 5, 12, "grey").table()
    with pytest.raises(InputError, match=complaint):
        read_frontend(table | change, "family.toml")


def test_a_wave_in_one_channel_stays_there_in_its_unit() -> None:
    """What comes in is 70 high, which is 10 steps of 7; a constant in the next channel is none."""
    t = np.arange(1200) / 250
    wave = np.stack([70 * np.sin(2 * np.pi * 8 * t), np.full(1200, 3000)], 1)
    front = SignalFrontEnd(250, 1200, 2, 1, 40, 7, decimate=3)
    found = front.apply(np.rint(wave).astype(np.int16).reshape(1, -1))[0]
    assert found.shape == (400, 2) and not found[:, 1].any()
    assert np.abs(found[200:, 0]).max() == pytest.approx(10, abs=1)
    np.testing.assert_array_equal(front.real(front.random())[0] * 128, front.apply(front.random())[0])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"channels": 0}, "channels"),
        ({"unit": 0}, "unit from 1"),
        ({"decimate": 7}, "cannot be decimated by 7"),
        ({"high": 125}, "half the rate"),
    ],
)
def test_a_wrong_signal_table_is_named(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_frontend(SIGNALS.table() | change, "family.toml")


def test_cepstra_are_orthonormal() -> None:
    matrix = cepstrum(20, 20)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(20), atol=1e-5)
    assert np.ptp(cepstrum(20, 13)[:, 0]) == 0


def test_cepstra_are_the_textbook_s() -> None:
    """HTK's cosine transform and lifter in double precision, on the levels: half a step of rounding and clipping lie between."""
    plain = replace(CEPSTRA, cepstra=0)
    levels = plain.apply(plain.random()).astype(np.float64)
    for lifter in (22, 0):
        found = replace(CEPSTRA, lifter=lifter).apply(plain.random())
        assert found.shape == (3, 25, 13)
        for k in range(13):
            basis = np.cos(np.pi * k * (np.arange(20) + 0.5) / 20) * (np.sqrt(2) if k else 1) / 20
            lift = 1 + lifter / 2 * np.sin(np.pi * k / lifter) if lifter else 1
            np.testing.assert_allclose(found[..., k], np.clip(levels @ basis * lift, -128, 127), atol=0.501)
        assert np.ptp(found[1, :, 1:].astype(int)) > 10


@pytest.mark.parametrize(("change", "complaint"), [({"cepstra": 21}, "from 1 to 20"), ({"lifter": 7}, "lifter is 0, or from")])
def test_wrong_cepstra_are_named(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_frontend(CEPSTRA.table() | change, "family.toml")


@pytest.mark.parametrize(
    ("frontend", "change"),
    [
        (SPEECH, {"order": 10**9}),
        (SPEECH, {"bands": 10**9}),
        (SPEECH, {"rate": 2**63}),
        (SPEECH, {"samples": 0}),
        (SPEECH, {"low": float("nan")}),
        (HEART, {"bands": 10**9}),
        (HEART, {"cycles": float("inf")}),
        (HEART, {"low": 1e-300}),
        (HEART, {"samples": 10**9}),
        (SIGNALS, {"channels": 10**9}),
    ],
)
def test_numbers_without_measure_are_refused_by_file(frontend: FrontEnd, change: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"^family\.toml: frontend"):
        read_frontend(frontend.table() | change, "family.toml")


def test_a_tone_lights_its_band() -> None:
    t = np.arange(10000) / 2000
    for band in (3, 15, 28):
        wavelet = HEART.analysis.wavelets[band]
        tone = np.rint(3000 * np.sin(2 * np.pi * wavelet.frequency * t)).astype(np.int16)
        assert HEART.apply(tone[None])[0, 500].argmax() == band
        gain = HEART.bandpass.response(wavelet.frequency)
        assert np.sqrt(HEART.power(tone[None])[0, 500, band] / 10) / 3000 == pytest.approx(8 * gain, rel=0.02)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_levels_count_thresholds(scale: str) -> None:
    levels = Levels(10, 1000, scale)  # type: ignore[arg-type]
    power = np.array([0, 10**2, 100**2, 1000**2, 10**9])
    found = levels.apply(power * 5, unit=5).astype(int) + 128
    middle = 127.5 if scale == "log" else 255 * 90 / 990
    assert found[[0, 1, 3, 4]].tolist() == [0, 0, 255, 255] and abs(found[2] - middle) <= 0.5


@pytest.mark.parametrize(
    ("frontend", "streamed", "dsp"),
    [
        (SMALL, False, 0),
        (SMALL, True, 1),
        pytest.param(HEART, False, 1, marks=pytest.mark.slow),
        (SPEECH, True, 0),
        (SIGNALS, True, 0),
        (CEPSTRA, False, 0),
        *((image, False, 0) for image in IMAGES),
    ],
    ids=["portable", "dsp streamed", "heart", "mel streamed", "signals streamed", "cepstra", *(image.format for image in IMAGES)],
)
def test_c_computes_the_same_bytes(frontend: FrontEnd, streamed: bool, dsp: int, tmp_path: Path) -> None:
    """Frames as the network gets them, whatever pieces the samples come in, twice in a row; under the sanitizer."""
    model, board = graph(tmp_path, frontend), load_board("stm32f746")
    planned = plan(model, board, PlanOptions("min-ram", stream_input=streamed))
    render(model, planned, board, tmp_path / "p", model_file=tmp_path / "net.tflite", frontend=frontend)
    if streamed:
        source = tmp_path / "p" / "lib" / "net" / "src" / "net.c"
        source.write_text(source.read_text() + SPY.format(math.prod(frontend.shape)))
        front = tmp_path / "p" / "lib" / "net" / "src" / "net_frontend.c"
        front.write_text(front.read_text().replace("(void)net_push(", "(void)spy("))
        header = tmp_path / "p" / "lib" / "net" / "include" / "net.h"
        header.write_text(
            header.read_text().replace("#ifdef __cplusplus\n}", "int spy(const int8_t *, uint32_t);\n#ifdef __cplusplus\n}")
        )
    library = ctypes.CDLL(str(build_host(tmp_path / "p" / "lib" / "net", defines=[f"TK_DSP={dsp}"], sanitize=True)))
    got = library.spied if streamed else library.net_input
    got.restype = ctypes.POINTER(ctypes.c_int8)
    size = math.prod(frontend.shape)
    for recording, piece in zip(frontend.random(), (1, 7, frontend.length), strict=True):
        library.net_begin()
        done = 0
        for at in range(0, frontend.length, piece):
            assert not done
            part = np.ascontiguousarray(recording[at : at + piece])
            done = library.net_samples(part.ctypes.data_as(ctypes.c_void_p), len(part))
        assert done == 1
        found = np.ctypeslib.as_array(got(), (size,))
        np.testing.assert_array_equal(found, frontend.apply(recording[None]).reshape(-1))
        library.net_invoke()


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_network_behind_a_front_end_keeps_its_variables(streamed: bool, tmp_path: Path) -> None:
    """A sum over inputs goes on, also over an input that was broken off; init begins anew."""
    at = {"scale": SIGNALS.step, "zero_point": 0}
    b, shape = ModelBuilder(), (1, *SIGNALS.shape, 1)
    x = b.op("RELU", [b.input(shape, **at)], shape=shape, **at)
    before = b.op("READ_VARIABLE", [b.variable("sum")], shape=shape, **at)
    b.outputs("ASSIGN_VARIABLE", [b.variable("sum"), b.op("ADD", [before, x], shape=shape, **at)], [])
    data = b.build([b.op("RELU", [before], shape=shape, **at)])
    (tmp_path / "net.tflite").write_bytes(data)
    model, board = load(tmp_path / "net.tflite"), load_board("stm32f746")
    planned = plan(model, board, PlanOptions("min-ram", stream_input=streamed))
    render(model, planned, board, tmp_path / "p", model_file=tmp_path / "net.tflite", frontend=SIGNALS)
    library = ctypes.CDLL(str(build_host(tmp_path / "p" / "lib" / "net", sanitize=True)))
    library.net_output.restype = ctypes.POINTER(ctypes.c_int8)
    reference = runtime().Interpreter.from_bytes(data, arena_size=1 << 20)
    for _ in range(2):
        library.net_init()
        reference.reset()
        for recording in SIGNALS.random():
            pointer = np.ascontiguousarray(recording).ctypes.data_as(ctypes.c_void_p)
            for count in (100, SIGNALS.length):
                library.net_begin()
                done = library.net_samples(pointer, count)
            assert done == 1
            library.net_invoke()
            reference.set_input(SIGNALS.apply(recording[None]).reshape(shape), 0)
            reference.invoke()
            np.testing.assert_array_equal(np.ctypeslib.as_array(library.net_output(), shape), reference.get_output(0))


SPY = """
static int8_t seen[{0}];
static uint32_t at;
int8_t *spied(void);
int8_t *spied(void) {{ at = 0; return seen; }}
int spy(const int8_t *values, uint32_t count)
{{
    memcpy(seen + at, values, count);
    at += count;
    return net_push(values, count);
}}
"""


def test_a_network_quantised_otherwise_is_refused(tmp_path: Path) -> None:
    check_frontend(SMALL, graph(tmp_path, SMALL))
    with pytest.raises(InputError, match="quantised otherwise"):
        check_frontend(SMALL, graph(tmp_path, SMALL, scale=1 / 200))
    with pytest.raises(InputError, match="one int8 input of 1000 × 32"):
        check_frontend(HEART, graph(tmp_path, SMALL))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": "magic"}, "kind is one of wavelets, mel, signals, image"),
        ({"colour": 1}, "frontend has no 'colour'"),
        ({"rate": "fast"}, "frontend.rate cannot be 'fast'"),
        ({"frames": 7}, "are not 7 frames of whole samples"),
        ({"high": 1000}, "half the rate"),
        ({"low": 1e-4}, "too narrow"),
        ({"floor": 0}, "levels need"),
        ({"scale": "cubic"}, "frontend.scale cannot be 'cubic'"),
        ({"order": 3}, "the order is 2, 4, 6"),
    ],
)
def test_a_wrong_table_is_named(change: dict[str, object], complaint: str) -> None:
    table = HEART.table()
    assert read_frontend(table, "family.toml") == HEART
    with pytest.raises(InputError, match=complaint):
        read_frontend(table | change, "family.toml")
