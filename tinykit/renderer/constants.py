"""Parameter structs and the constant arrays behind them, equal arrays stored once."""

from __future__ import annotations

from dataclasses import dataclass, field

from tinykit.ops.base import Array, Params
from tinykit.renderer.text import array_lines, float_literal


@dataclass(frozen=True)
class ConstArray:
    """An array of weights.c."""

    name: str
    ctype: str
    length: int
    bytes: int
    lines: list[str]
    align: int = 4


@dataclass
class Constants:
    """Collects the arrays of all operators under names that begin with the model's prefix."""

    prefix: str
    arrays: list[ConstArray] = field(default_factory=list)
    _names: dict[tuple[str, bytes], str] = field(default_factory=dict)

    def initialisers(self, op: int, params: Params) -> list[tuple[str, str]]:
        """(field, C expression) of one parameter struct, its arrays added to the collection."""
        return [(name, self._expression(op, name, value)) for name, value in params.fields.items()]

    def _expression(self, op: int, name: str, value: int | float | str | Array) -> str:
        if isinstance(value, Array):
            return self.array(f"{self.prefix}_op{op}_{name.replace('.', '_')}", value)
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, float):
            return float_literal(value)
        return str(value)

    def array(self, name: str, array: Array) -> str:
        """The C name of `array`: `name`, or that of an equal one."""
        if array.values.size == 0:
            return "0"
        key = array.ctype, array.values.tobytes()
        if key not in self._names:
            self._names[key] = name
            self.arrays.append(
                ConstArray(
                    name,
                    array.ctype,
                    array.values.size,
                    array.values.nbytes,
                    array_lines(array.values),
                    max(4, array.values.itemsize),
                )
            )
        return self._names[key]
