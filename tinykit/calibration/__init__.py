"""`calibrate`: fit a core's cost table on synthetic layers and networks, each measured as a block of a real firmware.

None of them is taken from a model that predictions are judged by. Each group of layers becomes a project, built with the
board's flags and run in the emulator or QEMU, whose counts for each block are instructions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinykit.boards import Board
from tinykit.cache import atomic_write
from tinykit.errors import InputError
from tinykit.planner.cost import SCHEDULE, table
from tinykit.progress import SILENT, Progress

NETWORKS = "networks"
"""The group that the loop around the kernels is fitted on; the others are layers of one kind."""


@dataclass(frozen=True)
class Fitted:
    """One measured block and what the table says of it; `error` relative to `measured`, both in instructions."""

    block: str
    measured: int
    predicted: int
    error: float

    @property
    def percent(self) -> str:
        return f"{100 * self.error:+.1f}"


def groups() -> tuple[str, ...]:
    """What can be measured."""
    from tinykit.calibration.layers import GROUPS

    return (*GROUPS, NETWORKS)


def calibrate(
    board: Board,
    out: Path | None = None,
    *,
    target: str | None = None,
    only: Sequence[str] = (),
    check: bool = False,
    samples: Path | None = None,
    progress: Progress = SILENT,
) -> list[Fitted]:
    """Fit the cost table of the board's core and write it to `out`; what is not measured keeps its coefficients.

    `only`: these groups, all by default. `check` compares the table there is and writes nothing. `samples`: a file that keeps
    the measurements; what it holds is not measured again. Raises InputError for a group or target there is not, and ToolError
    where a firmware cannot be built or run.
    """
    from tinykit.calibration.fit import errors, fit
    from tinykit.calibration.measure import Sample, layer_samples, network_samples
    from tinykit.steps import check_target, default_target

    where = target or default_target(board)
    check_target(where, board)
    if unknown := sorted({*only} - {*groups()}):
        raise InputError(f"there is no group {unknown[0]!r} of layers", hint=f"they are {', '.join(groups())}")
    kept = _read_samples(samples)
    found: list[Sample] = []
    with progress.stage("calibrate", f"measuring layers on {board.id}") as stage:
        chosen = only or groups()
        for n, group in enumerate(chosen):
            stage.advance(n, len(chosen))
            if group not in kept:
                measured = network_samples(board, where) if group == NETWORKS else layer_samples(board, where, group)
                kept[group] = [asdict(sample) for sample in measured]
                if samples is not None:
                    atomic_write(samples, json.dumps(kept).encode())
            found += [Sample(**sample) for sample in kept[group]]
    known = {key: dict(terms) for key, terms in table(board.core.name).items()}
    fitted = known if check else fit(found, known)
    if NETWORKS not in chosen and SCHEDULE in known:
        fitted[SCHEDULE] = known[SCHEDULE]  # single layers say little of the loop
    if out is not None and not check:
        lines = [f" {json.dumps(key)}: {json.dumps(fitted[key])}" for key in sorted(fitted, key=lambda k: (k != SCHEDULE, k))]
        atomic_write(out, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return [Fitted(*row) for row in errors(found, fitted)]


def _read_samples(path: Path | None) -> dict[str, Any]:
    if path is None or not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not measurements of tinykit calibrate: {error}") from None
    if not isinstance(kept, dict):
        raise InputError(f"{path}: not measurements of tinykit calibrate")
    return kept
