"""A front end as the values its C templates need, and its files beside the model's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinykit.features import WaveletFrontEnd
from tinykit.renderer.constants import ConstArray
from tinykit.renderer.library import copy_sources, environment, write
from tinykit.renderer.model import ModelCode
from tinykit.renderer.text import array_lines


@dataclass(frozen=True)
class FrontEndCode:
    """What `wavelets.c.j2` needs."""

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
    wavelets: list[tuple[str | int, ...]]
    sources: tuple[str, ...] = ("tk_biquad", "tk_morlet")


def frontend_code(frontend: WaveletFrontEnd) -> FrontEndCode:
    """The C of `frontend`, as values for its templates."""
    morlet = frontend.morlet
    arrays = [_array("thresholds", "uint64_t", frontend.levels.thresholds(morlet.hop))]
    wavelets: list[tuple[str | int, ...]] = []
    for n, w in enumerate(morlet.wavelets):
        arrays.append(_array(f"real{n}", "int16_t", np.array(w.real, np.int16)))
        arrays.append(_array(f"imaginary{n}", "int16_t", np.array(w.imaginary, np.int16)))
        first = morlet.reach + w.points[0] - w.half
        wavelets.append((f"real{n}", f"imaginary{n}", len(w.real), first, len(w.points), morlet.hop // len(w.points)))
    return FrontEndCode(
        summary=frontend.summary,
        rate=frontend.rate,
        samples=frontend.samples,
        values=frontend.bands,
        hop=morlet.hop * frontend.decimate,
        decimate=frontend.decimate,
        frame=morlet.hop,
        reach=morlet.reach,
        sections=frontend.bandpass.sections,
        arrays=arrays,
        wavelets=wavelets,
    )


def write_frontend(model: ModelCode, folder: Path) -> None:
    """The front end's source and kernels in the model library `folder`."""
    assert model.frontend is not None
    copy_sources(model.frontend.sources, folder / "src" / "kernels")
    text = environment().get_template("wavelets.c.j2").render(m=model, f=model.frontend)
    write(folder / "src" / f"{model.prefix}_frontend.c", text)


def _array(name: str, ctype: str, values: np.ndarray) -> ConstArray:
    return ConstArray(name, ctype, values.size, values.nbytes, array_lines(values))
