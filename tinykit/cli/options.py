"""Options that several commands share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from tinykit.sizes import parse_fraction, parse_size


class Scheme(str, Enum):
    """How blocks may run."""

    auto = "auto"
    layer = "layer"
    patch = "patch"
    stream = "stream"


class Weights(str, Enum):
    """Where the weights lie while the model runs."""

    flash = "flash"
    ram = "ram"


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
MinRamOption = Annotated[
    bool | None,
    typer.Option(
        "--min-ram/--fastest", help="The smallest plan, instead of the fastest that fits.", show_default="--fastest"
    ),
]
SramOption = Annotated[
    int | None,
    typer.Option(
        parser=parse_size,
        metavar="SIZE",
        help="Bytes the arena may take: 65536, 64k. Default: what the board has.",
        show_default=False,
    ),
]
SchemeOption = Annotated[
    Scheme | None,
    typer.Option(
        help="layer: one operator after the other; patch: pieces of the image, borders computed again; "
        "stream: rows and pixels kept in buffers; auto: whatever is best.",
        show_default="auto",
    ),
]
StreamOption = Annotated[
    bool, typer.Option("--stream-input", help="The input arrives row by row, or value by value, and is never stored whole.")
]
OverheadOption = Annotated[
    float | None,
    typer.Option(
        parser=parse_fraction,
        metavar="PERCENT",
        help="Work that a plan may do more than once, as a share of the model's: 5%. Default: any for the fastest plan; none "
        "for the smallest, unless nothing else fits.",
        show_default=False,
    ),
]
FrontendOption = Annotated[
    Path | None,
    typer.Option(
        help="A TOML file with a [frontend] table: the firmware takes recordings and computes the network's input itself. "
        "Default: the model family's.",
        show_default=False,
    ),
]
WeightsOption = Annotated[
    Weights, typer.Option(help="ram: copied at the start to the fastest memory that has room for them.")
]
SearchSecondsOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", help="Take the best plan found in this time; without it the search ends by itself.", show_default=False
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
