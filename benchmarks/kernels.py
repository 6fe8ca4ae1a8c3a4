"""Instructions, memory and code of the fastest plans, beside TFLM with CMSIS-NN on the same files.

    python -m benchmarks.kernels FOLDER [--board stm32f746] [--compiler gcc] [--optimize size] [--beside]
    python -m benchmarks.kernels FOLDER --all

`--beside` adds a row for the smallest plan and one for the smallest with a streamed input. `--all` prints instructions for
each MAC on every core, by gcc / by zig's clang, beside what TFLM takes (gcc).
Each row is one binary, run once in the emulator or QEMU on ten random inputs whose every output byte is compared. TFLM's
instructions were counted in QEMU on its binary (release flags, gcc 12.2), on a core of the same kind.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

from tinykit import pipeline
from tinykit.boards import load_board
from tinykit.errors import TinykitError

# MACs, then TFLM's instructions on M4, M7 and M55.
PEERS = {
    "kws_dscnn_int8": (2_656_768, 7_697_413, 7_643_180, 1_813_174),
    "vww_mobilenet025_96_int8": (7_489_664, 24_101_938, 24_025_564, 6_558_313),
    "ic_resnet8_int8": (12_501_632, 29_864_891, 30_027_521, 4_913_219),
    "ad_autoencoder_int8": (264_192, 582_948, 583_248, 149_996),
    "person_detect_int8": (7_157_888, 22_928_449, 22_715_888, 6_508_088),
    "sww_streaming_int8": (826_368, 2_227_098, 2_188_176, 407_421),
    "micro_speech_int8": (336_000, 1_495_386, 1_489_457, 1_008_226),
    "mcunet_vww_int8io": (11_578_816, 47_935_349, 47_449_599, 11_689_728),
}
CORES = {"cortex-m4": 1, "cortex-m7": 2, "cortex-m55": 3}


BOARDS = {
    "M4": "mps2_an386",
    "M7": "stm32f746",
    "M33": "emu_m33",
    "M55": "mps3_an547",
    "RISC-V": "riscv32_virt",
    "M0": "emu_m0",
}


PLANS: dict[str, dict[str, bool]] = {
    "fastest": {},
    "smallest": {"min_ram": True},
    "streamed": {"min_ram": True, "stream_input": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--board", default="stm32f746")
    parser.add_argument("--compiler", default="auto", choices=["auto", "gcc", "zig"])
    parser.add_argument("--optimize", default="speed", choices=["speed", "size"])
    parser.add_argument("--beside", action="store_true", help="the smallest and the streamed plan too")
    parser.add_argument("--all", action="store_true", help="every core, both compilers")
    options = parser.parse_args()
    files = [file for file in sorted(options.folder.glob("*.tflite")) if file.stem in PEERS]
    if options.all:
        all_cores(files)
    else:
        plans = list(PLANS) if options.beside else ["fastest"]
        one_board(files, options.board, options.compiler, options.optimize, plans)


def all_cores(files: list[Path]) -> None:
    """A row a core, a column a model."""
    print(f"| core | {' | '.join(file.stem for file in files)} |")
    print("|---|" + "---:|" * len(files))
    for name, board in BOARDS.items():
        peer = CORES.get(load_board(board).core.name)
        cells = []
        for file in files:
            macs, taken = PEERS[file.stem][0], []
            for compiler in ("gcc", "zig"):
                with tempfile.TemporaryDirectory() as out:
                    report = pipeline.deploy(file, board=board, out=Path(out) / "p", compiler=compiler)
                assert report.bit_exact and report.instructions
                taken.append(f"{(report.instructions.measured or 0) / macs:.2f}")
            theirs = f" (TFLM {PEERS[file.stem][peer] / macs:.2f})" if peer else ""
            cells.append(" / ".join(taken) + theirs)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def one_board(files: list[Path], board: str, compiler: str, optimize: str, plans: list[str]) -> None:
    """A row a model and plan; SRAM is the arena, static data and the peak stack, flash code and constants."""
    peer = CORES.get(load_board(board).core.name)
    print("| model | plan | instructions | a MAC | TFLM, a MAC | TFLM ÷ ours | predicted ", end="")
    print("| arena | SRAM | code | constants | flash |")
    print("|---|---|" + "---:|" * 10)
    compilers = set()
    for file, plan in product(files, plans):
        with tempfile.TemporaryDirectory() as out:
            try:
                report = pipeline.deploy(
                    file, board=board, out=Path(out) / "p", compiler=compiler, optimize=optimize, **PLANS[plan]
                )
            except TinykitError as error:
                print(f"| {file.stem} | {plan} | {error.message} |")
                continue
        assert report.bit_exact and report.instructions and report.sram and report.flash
        compilers.add(report.compiler)
        taken, predicted, macs = report.instructions.measured or 0, report.instructions.predicted or 0, PEERS[file.stem][0]
        theirs = PEERS[file.stem][peer] if peer else 0
        against = f"{theirs / macs:.2f} | {theirs / taken:.2f}" if theirs else "– | –"
        print(
            f"| {file.stem} | {plan} | {taken:,} | {taken / macs:.2f} | {against} | {predicted / taken - 1:+.1%} "
            f"| {report.sram.arena:,} | {report.sram.used:,} | {report.flash.code:,} | {report.flash.constants:,} "
            f"| {report.flash.used:,} |",
            flush=True,
        )
    print(f"\nBuilt for {optimize} with {', '.join(sorted(map(str, compilers)))}.")


if __name__ == "__main__":
    main()
