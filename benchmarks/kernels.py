"""Instructions, memory and code of the fastest plans, beside TFLM with CMSIS-NN on the same files.

    python -m benchmarks.kernels FOLDER [--board stm32f746] [--compiler gcc]

Each row is one binary, run once in the emulator or QEMU on ten random inputs whose every output byte is compared. TFLM's
instructions were counted in QEMU on its binary (release flags, gcc 12.2), on a core of the same kind.
"""

from __future__ import annotations

import argparse
import tempfile
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--board", default="stm32f746")
    parser.add_argument("--compiler", default="auto", choices=["auto", "gcc", "zig"])
    parser.add_argument("--min-ram", action="store_true")
    options = parser.parse_args()
    peer = CORES.get(load_board(options.board).core.name)
    print("| model | instructions | a MAC | TFLM, a MAC | TFLM ÷ ours | predicted | arena | code | constants | compiler |")
    print("|---|" + "---:|" * 8 + "---|")
    for file in sorted(options.folder.glob("*.tflite")):
        if file.stem not in PEERS:
            continue
        with tempfile.TemporaryDirectory() as out:
            try:
                report = pipeline.deploy(
                    file, board=options.board, out=Path(out) / "p", compiler=options.compiler, min_ram=options.min_ram
                )
            except TinykitError as error:
                print(f"| {file.stem} | {error.message} |")
                continue
        assert report.bit_exact and report.instructions and report.sram and report.flash
        taken, predicted, macs = report.instructions.measured or 0, report.instructions.predicted or 0, PEERS[file.stem][0]
        theirs = PEERS[file.stem][peer] if peer else 0
        against = f"{theirs / macs:.2f} | {theirs / taken:.2f}" if theirs else "– | –"
        print(
            f"| {file.stem} | {taken:,} | {taken / macs:.2f} | {against} | {predicted / taken - 1:+.1%} "
            f"| {report.sram.arena:,} | {report.flash.code:,} | {report.flash.constants:,} | {report.compiler} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
