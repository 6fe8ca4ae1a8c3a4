"""The card's figures: `python models/mcunet/evaluate.py [--variant NAME] [--data DIR]`, of all variants or of one.

The 100 shipped test images as float, as int8, and in the firmware on the emulated board named here. With --data all 1,500 test
images of that folder's cifar10_jpeg_subset.npz as float and int8. Int8 runs in the reference interpreter, tflite_micro.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tinykit.families import Family, open_family
from tinykit.families.evaluation import deployed, difference, figures, float_guesses, int8_guesses
from tinykit.families.metrics import balanced_accuracy
from tinykit.quantizer.convert import quantize

FOLDER = Path(__file__).resolve().parent
BOARDS = {"small": "microbit", "default": "stm32f746", "redistributed": "stm32f746", "mobilenetv2": "stm32f746"}
"""Where each variant is run: on the emulated board with the least SRAM that its fastest plan fits."""


def shipped(family: Family, name: str) -> None:
    named = f"{FOLDER}:{family.variant}" if family.variant else FOLDER
    with tempfile.TemporaryDirectory() as scratch:
        for _, report in deployed(named, BOARDS[name], Path(scratch), {"fastest": {}}):
            print(f"{name} on {BOARDS[name]}: {figures(report)}", flush=True)


def test_set(family: Family, name: str, data: Path) -> None:
    with np.load(data / "cifar10_jpeg_subset.npz", allow_pickle=False) as archive:
        inputs, labels = family.preprocess.apply(archive["x_test"]), archive["y_test"].reshape(-1)
    before = float_guesses(family.weights, inputs)
    after = int8_guesses(quantize(family).path, inputs)
    scores = f"float {balanced_accuracy(labels, before):.1%}, int8 {balanced_accuracy(labels, after):.1%}"
    print(f"{name}, {len(labels)} test images: {scores}; int8 − float {difference(labels, before, after)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=BOARDS, help="without it: all of them")
    parser.add_argument("--data", type=Path, help="folder of cifar10_jpeg_subset.npz")
    options = parser.parse_args()
    for name in [options.variant] if options.variant else BOARDS:
        family = open_family(FOLDER, None if name == "default" else name)
        shipped(family, name)
        if options.data:
            test_set(family, name, options.data)


if __name__ == "__main__":
    main()
