"""A front end as the values its C templates need, and its files beside the model's."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tinykit.features import FrontEnd, Mel, Morlet
from tinykit.renderer.constants import ConstArray
from tinykit.renderer.library import copy_sources, environment, write
from tinykit.renderer.model import ModelCode
from tinykit.renderer.text import array_lines


@dataclass(frozen=True)
class FrontEndCode:
    """What `framed.c.j2` and the template of one kind, which fills it in, need."""

    template: str
    sources: tuple[str, ...]
    summary: str
    rate: int
    samples: int
    values: int
    hop: int
    """Samples in for each frame."""
    decimate: int
    frame: int
    reach: int
    sections: tuple[tuple[int, ...], ...]
    arrays: list[ConstArray]
    wavelets: list[tuple[str | int, ...]] = field(default_factory=list)
    window: int = 0
    lead: int = 0


def frontend_code(frontend: FrontEnd) -> FrontEndCode:
    """The C of `frontend`, as values for its templates."""
    analysis = frontend.analysis
    arrays = [_array("thresholds", "uint64_t", frontend.levels.thresholds(analysis.unit))]
    wavelets: list[tuple[str | int, ...]] = []
    if isinstance(analysis, Morlet):
        wavelets = _wavelets(analysis, arrays)
    elif isinstance(analysis, Mel):
        arrays += _mel_tables(analysis)
    return FrontEndCode(
        template=f"{frontend.kind}.c.j2",
        sources=("tk_biquad", "tk_morlet" if wavelets else "tk_mel"),
        summary=frontend.summary,
        rate=frontend.rate,
        samples=frontend.samples,
        values=frontend.bands,
        hop=frontend.hop * frontend.decimate,
        decimate=frontend.decimate,
        frame=frontend.hop,
        reach=analysis.reach,
        sections=frontend.bandpass.sections,
        arrays=arrays,
        wavelets=wavelets,
        window=analysis.window if isinstance(analysis, Mel) else 0,
        lead=analysis.lead if isinstance(analysis, Mel) else 0,
    )


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
