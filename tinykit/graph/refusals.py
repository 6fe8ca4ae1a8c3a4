"""Refusals that both the reader and the check after the passes speak."""

from __future__ import annotations

from collections.abc import Iterable

from tinykit.errors import InputError


def float_model(source: str, tensor: str, dtype: str) -> InputError:
    """The refusal of a model that was never quantised; `tensor` of type `dtype` shows it."""
    return InputError(
        f"{source} is a float model (tensor '{tensor}' is {dtype}), not a quantised one",
        hint="quantise it to int8 first: tinykit quantize MODEL --calibration DATA",
    )


def unsupported_operators(source: str, operators: Iterable[tuple[str, str]]) -> InputError:
    """The refusal of `operators`, pairs of kind and output tensor, all at once."""
    listed = ", ".join(f"{kind} (tensor '{tensor}')" for kind, tensor in operators)
    return InputError(
        f"{source} uses operators tinykit does not support: {listed}", hint="docs/operators.md lists what is supported"
    )
