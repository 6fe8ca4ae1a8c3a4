"""The card's figures: `python models/mcuformer/evaluate.py [--data DIR]`.

The shipped images as float, as int8 and in the firmware on an emulated STM32F746, and the arena that `tflite_micro` reports for
the same file. With --data also all test images of that folder's cifar10_jpeg_subset.npz, as float and as int8.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tinykit.families import open_family
from tinykit.families.evaluation import deployed, difference, figures, float_guesses, int8_guesses
from tinykit.families.metrics import Array
from tinykit.quantizer.convert import quantize
from tinykit.quantizer.preprocess import Floats

FOLDER = Path(__file__).resolve().parent
_ALLOCATIONS = """
import sys
from tflite_micro.python.tflite_micro import runtime
interpreter = runtime.Interpreter.from_file(sys.argv[1], arena_size=1 << 21)
interpreter.invoke()
interpreter.print_allocations()
"""


def accuracies(name: str, network: Path, inputs: Floats, labels: Array) -> None:
    """Of the Keras model and of the int8 file on the same images, and how far they differ."""
    before, after = float_guesses(FOLDER / "weights.keras", inputs), int8_guesses(network, inputs)
    print(
        f"{name}, {len(labels):,} images: float {np.mean(before == labels):.1%}, int8 {np.mean(after == labels):.1%}; "
        f"int8 less float {difference(labels, before, after)}",
        flush=True,
    )


def tflite_micro_arena(network: Path) -> None:
    """What the recording allocator of tflite_micro says: `head` holds the activations, `tail` tables and pointers, which on this
    computer have 64 bits."""
    said = subprocess.run([sys.executable, "-c", _ALLOCATIONS, str(network)], capture_output=True, text=True, check=True)
    lines = (said.stdout + said.stderr).splitlines()
    found = {part: line.split()[-2] for line in lines for part in ("total", "head", "tail") if f"Arena allocation {part}" in line}
    print("tflite_micro's arena: " + ", ".join(f"{part} {int(size):,} B" for part, size in found.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of cifar10_jpeg_subset.npz")
    options = parser.parse_args()
    family, network = open_family(FOLDER), quantize(FOLDER).path
    accuracies("shipped sample", network, *family.evaluation())
    if options.data:
        with np.load(options.data / "cifar10_jpeg_subset.npz", allow_pickle=False) as data:
            accuracies("test set", network, family.inputs(data["x_test"]), data["y_test"].reshape(-1))
    tflite_micro_arena(network)
    with tempfile.TemporaryDirectory() as folder:
        for name, report in deployed(FOLDER, "stm32f746", Path(folder)):
            print(f"{name}: {figures(report)}", flush=True)


if __name__ == "__main__":
    main()
