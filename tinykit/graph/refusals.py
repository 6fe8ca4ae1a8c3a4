"""Refusals that both the reader and the check after the passes speak."""

from __future__ import annotations

from collections.abc import Iterable

from tinykit.errors import InputError

_NAMED = 3
_ACCELERATORS = ("CUSTOM ethos-u", "CUSTOM edgetpu-custom-op")


def float_model(source: str, tensor: str, dtype: str) -> InputError:
    """The refusal of a model that was never quantised; `tensor` of type `dtype` shows it."""
    return InputError(
        f"{source} is a float model (tensor '{tensor}' is {dtype}), not a quantised one",
        hint="quantise it to int8 first: tinykit quantize MODEL --calibration DATA",
    )


def uint8_network(source: str, tensor: str) -> InputError:
    """The refusal of a network that computes with uint8, as files from before 2020 do; `tensor` shows it."""
    return InputError(
        f"{source} is a uint8 network (tensor '{tensor.split(';')[0]}'), which runtimes for microcontrollers no longer compute",
        hint="quantise its float original to int8: tinykit quantize MODEL --calibration DATA; inputs and outputs may stay uint8",
    )


def unsupported_operators(source: str, operators: Iterable[tuple[str, str]]) -> InputError:
    """The refusal of `operators`, pairs of kind and output tensor, all at once."""
    tensors: dict[str, list[str]] = {}
    for kind, tensor in operators:
        tensors.setdefault(kind, []).append(tensor.split(";")[0])
    listed = ", ".join(f"{kind} ({_named(names)})" for kind, names in tensors.items())
    compiled = [kind for kind in tensors if kind in _ACCELERATORS]
    return InputError(
        f"{source} uses operators tinykit does not support: {listed}",
        hint="the file was compiled for an accelerator; deploy the one it was made from"
        if compiled
        else "docs/operators.md lists what is supported",
    )


def _named(tensors: list[str]) -> str:
    more = f" and {len(tensors) - _NAMED} more" if len(tensors) > _NAMED else ""
    return ("tensors " if len(tensors) > 1 else "tensor ") + ", ".join(f"'{t}'" for t in tensors[:_NAMED]) + more
