"""What every front end has in common: what it takes, what it gives, and its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

from tinykit.errors import InputError

F = TypeVar("F", bound="FrontEnd")

Array = npt.NDArray[Any]
ZERO_POINT = -128
_LARGEST = 1 << 31
_LONGEST = 1 << 24
"""Samples of one input."""


@dataclass(frozen=True)
class FrontEnd:
    """What computes a network's input, int8, from what a sensor gives, in Python and on the board.

    A subclass is a dataclass of whole numbers, real numbers and choices, which are the keys of its `[frontend]` table.
    """

    kind: ClassVar[str] = ""
    dtype: ClassVar[str] = "int16"
    """Of the samples that come in."""
    step: ClassVar[float] = 1.0
    """real = step × (stored − zero_point)."""
    zero_point: ClassVar[int] = ZERO_POINT

    @property
    def length(self) -> int:
        """Samples of one input."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of the network's input, and values of one row, which are computed at a time."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """One line for people."""
        raise NotImplementedError

    def compute(self, samples: Array) -> npt.NDArray[np.int8]:
        """`apply` to samples of the right type and shape."""
        raise NotImplementedError

    def random(self) -> Array:
        """A few seeded inputs [n, length] that reach all it does."""
        raise NotImplementedError

    def apply(self, samples: Array) -> npt.NDArray[np.int8]:
        """Network inputs int8 [n, …] of samples [n, length]: the very bytes that the C computes."""
        if samples.dtype != self.dtype or samples.ndim != 2 or samples.shape[1] != self.length:
            raise InputError(f"the front end takes {self.dtype} [n, {self.length}], not {samples.dtype} {list(samples.shape)}")
        return self.compute(samples)

    def real(self, samples: Array) -> npt.NDArray[np.float32]:
        """`apply` as the real values that a network is trained on, float32 [n, …]."""
        values: npt.NDArray[np.float32] = (self.apply(samples).astype(np.float32) - self.zero_point) * np.float32(self.step)
        return values

    @property
    def input_scale(self) -> tuple[float, int]:
        """Scale and zero point of the values it gives."""
        return self.step, self.zero_point

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest real value: calibration data must hold both, so that quantisation is as it gives it."""
        return self.step * (-128 - self.zero_point), self.step * (127 - self.zero_point)

    @classmethod
    def from_table(cls: type[F], table: Mapping[str, Any], where: str) -> F:
        """Read a `[frontend]` table. Raises InputError naming `where` and what is wrong."""
        known = {f.name for f in fields(cls)}
        types = get_type_hints(cls)
        values = {key: value for key, value in table.items() if key != "kind"}
        for key, value in values.items():
            if key not in known:
                raise InputError(f"{where}: frontend has no {key!r}", hint=f"it has {', '.join(sorted(known))}")
            allowed = get_args(types[key])
            wanted = (int, float) if types[key] is float else (str,) if allowed else (types[key],)
            known_value = value in allowed if allowed else type(value) in wanted and abs(value) < _LARGEST
            if not known_value:
                raise InputError(f"{where}: frontend.{key} cannot be {value!r}")
        try:
            found = cls(**values)
        except TypeError as error:
            raise InputError(f"{where}: frontend: {str(error).split('() ', 1)[-1]}") from None
        except InputError as error:
            raise InputError(f"{where}: frontend: {error.message}", hint=error.hint) from None
        if found.length > _LONGEST:
            raise InputError(f"{where}: frontend: {found.length:,} samples of one input are more than {_LONGEST:,}")
        return found

    def table(self) -> dict[str, Any]:
        """What `from_table` reads."""
        return {"kind": self.kind, **asdict(self)}
