"""10,000 damaged files, each in a process that is watched: the slow suite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.support.reference import random_inputs
from tinykit.builder.host import build_host
from tinykit.targets.host import HostDevice

SHARDS, FILES = 20, 500
MEGABYTES = 1024
_REFERENCE = """
import sys
import numpy as np
from pathlib import Path
from tests.support.reference import random_inputs, run_reference
model = Path(sys.argv[1]).read_bytes()
np.savez(sys.argv[2], *run_reference(model, random_inputs(model, 0)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_crash_no_hang_no_wrong_code(shard: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.graph.fuzz_worker", str(100 + shard), str(FILES), str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, f"{tmp_path / 'last.tflite'}\n{ran.stderr[-2000:]}"
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["megabytes"] < MEGABYTES and told["accepted"] > 20, told
    compared = sum(_equals_the_reference(tmp_path / str(n + 1)) for n in range(told["kept"]))
    assert compared > 0, told


def _equals_the_reference(folder: Path) -> bool:
    """Asserts that the code made of a damaged file computes what tflite_micro does, if that can run it: it may well crash."""
    model, results = folder / "net.tflite", folder / "results.npz"
    command = [sys.executable, "-c", _REFERENCE, str(model), str(results)]
    if subprocess.run(command, cwd=ROOT, capture_output=True).returncode:
        return False
    device = HostDevice(build_host(folder / "net", out=folder / "built", optimize="-O0"), "net")
    found = device.run(random_inputs(model.read_bytes(), 0))
    with np.load(results) as right:
        for n, value in enumerate(found):
            np.testing.assert_array_equal(value, right[f"arr_{n}"], str(model))
    return True
