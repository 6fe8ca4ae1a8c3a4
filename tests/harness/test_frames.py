"""The host's end of the line under any bytes at all: it raises nothing, takes nothing wrong for right, and goes on."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tinykit.harness.frames import DELIMITER, Damaged, Frame, Splitter, decode

BYTE = st.integers(0, 255)
FRAMES = st.builds(
    Frame, kind=st.integers(0x80, 255), sequence=BYTE, session=BYTE, index=BYTE,
    value=st.integers(0, 2**32 - 1), data=st.binary(max_size=600),
)  # fmt: skip
# Bytes that look like the protocol's own are the ones that could confuse it.
NOISE = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(list(b"\0\0\n\r\x80\x85\xff ab")), max_size=60).map(bytes))


def feed(splitter: Splitter, data: bytes, cuts: list[int]) -> list[Frame | Damaged | str]:
    """What `splitter` finds in `data`, given in pieces."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [item for start, end in pairwise(edges) for item in splitter.feed(data[start:end])]


CUTS = st.lists(st.integers(0, 5000), max_size=5)


@given(FRAMES)
def test_frames_come_back_and_hold_no_delimiter(frame: Frame) -> None:
    wire = frame.encode()
    assert wire[:1] == wire[-1:] == DELIMITER and DELIMITER not in wire[1:-1]
    assert decode(wire[1:-1]) == frame


@given(st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_none(wire: bytes) -> None:
    frame = decode(wire)
    assert frame is None or frame.encode()[1:-1] == wire


@given(noise=NOISE, frame=FRAMES, cuts=CUTS, times=st.sampled_from([1, 40]))
def test_a_frame_is_found_behind_any_noise(noise: bytes, frame: Frame, cuts: list[int], times: int) -> None:
    splitter = Splitter()
    before = feed(splitter, noise * times, cuts)
    assert all(isinstance(item, Damaged) or (isinstance(item, str) and item.isprintable()) for item in before)
    assert feed(splitter, frame.encode(), cuts)[-1] == frame


@given(frames=st.lists(FRAMES, min_size=1, max_size=4), cuts=CUTS)
def test_frames_are_found_however_they_are_cut(frames: list[Frame], cuts: list[int]) -> None:
    assert feed(Splitter(), b"".join(frame.encode() for frame in frames), cuts) == frames


@given(text=st.text("abc xyz", min_size=1).map(str.strip).filter(bool), frame=FRAMES, cuts=CUTS)
def test_text_between_frames_is_kept(text: str, frame: Frame, cuts: list[int]) -> None:
    wire = frame.encode() + text.encode() + b"\r\n" + frame.encode() + text.encode()
    splitter = Splitter()
    assert feed(splitter, wire, cuts) == [frame, text, frame]
    assert splitter.rest() == text


@given(first=FRAMES, second=FRAMES, keep=st.integers(0, 700))
def test_a_frame_cut_short_costs_no_other(first: Frame, second: Frame, keep: int) -> None:
    wire = first.encode()
    found = feed(Splitter(), wire[: min(keep, len(wire) - 2)] + second.encode(), [])
    assert found[-1] == second
    assert not any(isinstance(item, Frame) for item in found[:-1])


@settings(max_examples=300)
@given(frame=FRAMES, at=st.integers(0, 700), flip=st.integers(1, 255))
def test_a_changed_byte_never_makes_another_frame(frame: Frame, at: int, flip: int) -> None:
    wire = bytearray(frame.encode())
    wire[at % len(wire)] ^= flip
    found = Splitter().feed(bytes(wire) + DELIMITER)
    assert not any(isinstance(item, Frame) for item in found)


@given(noise=st.binary(min_size=1, max_size=50))
def test_what_never_ends_is_not_kept(noise: bytes) -> None:
    splitter = Splitter()
    endless = noise.replace(b"\0", b"\1").replace(b"\n", b"\1")
    for _ in range(9000 // len(endless)):
        splitter.feed(endless)
        assert len(splitter._pending) <= 4096
