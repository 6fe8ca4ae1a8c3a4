"""A front end as the values its C templates need, and its files beside the model's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinykit.features import FrontEnd, ImageFrontEnd, Mel, MelFrontEnd, Morlet, SignalFrontEnd, SoundFrontEnd
from tinykit.features.images import BYTES
from tinykit.renderer.constants import ConstArray
from tinykit.renderer.library import copy_sources, environment, write
from tinykit.renderer.model import ModelCode
from tinykit.renderer.text import array_lines

_CTYPES = {"int16": ("int16_t", "TK_INT16", 2), "uint8": ("uint8_t", "TK_UINT8", 1)}


@dataclass(frozen=True)
class FrontEndCode:
    """What `frontend.c.j2` needs; `of_kind` are those of the template of its kind, which fills it in."""

    template: str
    sources: tuple[str, ...]
    summary: str
    ctype: str
    dtype: str
    bytes: int
    """Of one sample."""
    samples: int
    values: int
    """Of a row, which are computed at a time."""
    hop: int
    """Samples in for each row, about."""
    of_kind: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.of_kind[name]
        except KeyError:
            raise AttributeError(name) from None


def frontend_code(frontend: FrontEnd) -> FrontEndCode:
    """The C of `frontend`, as values for its templates."""
    ctype, dtype, size = _CTYPES[frontend.dtype]
    rows, values = frontend.shape
    if isinstance(frontend, SoundFrontEnd):
        sources, of_kind = _sound(frontend)
    elif isinstance(frontend, SignalFrontEnd):
        sources, of_kind = ("tk_biquad",), {**asdict(frontend), "sections": frontend.bandpass.sections}
    else:
        assert isinstance(frontend, ImageFrontEnd)
        sources, of_kind = ("tk_image",), _image(frontend)
    return FrontEndCode(
        template=f"{frontend.kind}.c.j2",
        sources=sources,
        summary=frontend.summary,
        ctype=ctype,
        dtype=dtype,
        bytes=size,
        samples=frontend.length,
        values=values,
        hop=frontend.length // rows,
        of_kind=of_kind,
    )


def _sound(frontend: SoundFrontEnd) -> tuple[tuple[str, ...], dict[str, Any]]:
    analysis = frontend.analysis
    arrays = [_array("thresholds", "uint64_t", frontend.levels.thresholds(analysis.unit))]
    own: dict[str, Any] = {}
    if isinstance(analysis, Morlet):
        own["wavelets"] = _wavelets(analysis, arrays)
    elif isinstance(analysis, Mel):
        arrays += _mel_tables(analysis)
        transform = frontend.transform if isinstance(frontend, MelFrontEnd) else None
        if transform:
            arrays.append(_array("cosines", "int32_t", transform.cosines))
        own |= {"window": analysis.window, "lead": analysis.lead, "bands": analysis.bands, "cepstra": bool(transform)}
    common = {
        "decimate": frontend.decimate,
        "frame": frontend.hop,
        "reach": analysis.reach,
        "sections": frontend.bandpass.sections,
        "arrays": arrays,
    }
    sources = "tk_biquad", "tk_morlet" if "wavelets" in own else "tk_mel", *(("tk_cepstrum",) if own.get("cepstra") else ())
    return sources, common | own


def _image(frontend: ImageFrontEnd) -> dict[str, Any]:
    width, height = frontend.crop
    group = 4 if frontend.format == "yuyv" else BYTES[frontend.format]
    return {**asdict(frontend), "crop_width": width, "crop_height": height, "group": group}


def write_frontend(model: ModelCode, folder: Path) -> None:
    """The front end's source and kernels in the model library `folder`."""
    assert model.frontend is not None
    copy_sources(model.frontend.sources, folder / "src" / "kernels")
    text = environment().get_template(model.frontend.template).render(m=model, f=model.frontend)
    write(folder / "src" / f"{model.prefix}_frontend.c", text)


def _wavelets(morlet: Morlet, arrays: list[ConstArray]) -> list[tuple[str | int, ...]]:
    """Initialisers of `tk_wavelet`, their coefficients added to `arrays`."""
    found: list[tuple[str | int, ...]] = []
    for n, w in enumerate(morlet.wavelets):
        arrays.append(_array(f"real{n}", "int16_t", np.array(w.real, np.int16)))
        arrays.append(_array(f"imaginary{n}", "int16_t", np.array(w.imaginary, np.int16)))
        first = morlet.reach + w.points[0] - w.half
        found.append((f"real{n}", f"imaginary{n}", len(w.real), first, len(w.points), morlet.hop // len(w.points)))
    return found


def _mel_tables(mel: Mel) -> list[ConstArray]:
    """The arrays of `tk_mel`."""
    order = mel.reversed_bits.astype(np.uint16)
    weights = np.concatenate([np.array(w, np.uint16) for _, w in mel.triangles])
    return [
        _array("hann", "int16_t", mel.hann),
        _array("twiddle", "int32_t", mel.twiddles),
        _array("order", "uint16_t", order),
        _array("first", "uint16_t", np.array([first for first, _ in mel.triangles], np.uint16)),
        _array("bins", "uint16_t", np.array([len(w) for _, w in mel.triangles], np.uint16)),
        _array("weight", "uint16_t", weights),
    ]


def _array(name: str, ctype: str, values: np.ndarray) -> ConstArray:
    return ConstArray(name, ctype, values.size, values.nbytes, array_lines(values))
