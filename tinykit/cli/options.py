"""Options that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Compiler(str, Enum):
    """Who compiles."""

    auto = "auto"
    gcc = "gcc"
    zig = "zig"


class Optimize(str, Enum):
    """What the compiler optimises for."""

    speed = "speed"
    size = "size"


ModelArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[MODEL]",
        help="A model family's folder or name, a .keras or .h5 file, or a quantised .tflite. "
        "Default: what tinykit.toml here says, else the packaged mcunet.",
        show_default=False,
    ),
]
BoardOption = Annotated[str | None, typer.Option("--board", "-b", help="See: tinykit boards.", show_default=False)]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="emulator|qemu|host|serial[:PORT]",
        help="Where the firmware runs. Default: the board's emulator, else QEMU.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        help="Inputs to validate on: .npz with x and perhaps labels y, .npy, or a folder of .bin files. "
        "Default: the model family's samples, else 10 random inputs.",
        show_default=False,
    ),
]
CalibrationOption = Annotated[
    Path | None,
    typer.Option(help="Representative inputs to quantise with: .npz, .npy or a folder of images.", show_default=False),
]
FrontendOption = Annotated[
    Path | None,
    typer.Option(
        help="A TOML file with a [frontend] table: the firmware takes recordings and computes the network's input itself. "
        "Default: the model family's.",
        show_default=False,
    ),
]
CompilerOption = Annotated[Compiler, typer.Option(help="auto: gcc where it is installed, else zig.")]
OptimizeOption = Annotated[Optimize, typer.Option(help="What the compiler optimises for.")]
TimeLimitOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0.1, show_default=False,
        help="How long a simulated firmware may say nothing. Default: as long as it may need.",
    ),
]  # fmt: skip
FlashOption = Annotated[
    bool, typer.Option("--flash/--no-flash", help="With serial:PORT: flash the board first, or use what it holds.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object (docs/json.md) and nothing else.")]
