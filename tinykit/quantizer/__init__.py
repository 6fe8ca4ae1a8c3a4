"""Quantisation: Keras models to full-integer INT8, with TensorFlow in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinykit.quantizer.convert import Quantized, quantize

__all__ = ["Quantized", "quantize"]


def __getattr__(name: str) -> Any:
    """The families' preprocessing lives here too: importing it must not import everything else."""
    if name in __all__:
        from tinykit.quantizer import convert

        return getattr(convert, name)
    raise AttributeError(name)
