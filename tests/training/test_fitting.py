"""What training scripts share: early stopping, progress, and the same bytes every time; run as scripts are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tinykit.subprocesses import tensorflow_environment

SCRIPT = """
import sys
from pathlib import Path
import keras
import numpy as np
from tinykit.families.fitting import answers, fit, held_out_loss, repeatable, save

for out in sys.argv[1:]:
    repeatable(7)
    network = keras.Sequential([keras.Input((40, 3)), keras.layers.Conv1D(4, 5, activation="relu"), keras.layers.Dropout(0.2),
                                keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, activation="softmax")])
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 96)
    x = (rng.normal(0, 1, (96, 40, 3)) * (1 + y[:, None, None])).astype(np.float32)
    seen = []

    def validate():
        seen.append([w.copy() for w in network.get_weights()])
        return {"loss": [3.0, 1.0, 2.0, 2.0, 0.5][len(seen) - 1]}

    best = fit(network, lambda: [(x, y)], validate, name="net", epochs=5, patience=2, batch=32)
    print("best", best, "of", len(seen), all(map(np.array_equal, network.get_weights(), seen[1])))
    seen.clear()
    fit(network, lambda: [(x[:32], y[:32]), (x[32:], y[32:])], validate, name="later", epochs=5, patience=1, batch=32, earliest=3)
    print("repeats", np.array_equal(answers(network, x, 32), answers(network, x, 96)), held_out_loss(y, answers(network, x)) < 3)
    save(network, Path(out))
    print("the same", all(map(np.array_equal, network.get_weights(), keras.models.load_model(out).get_weights())))
"""


def test_the_best_epoch_is_kept_and_two_trainings_write_the_same_bytes(tmp_path: Path) -> None:
    """The third and fourth epoch are no better than the second, so a patience of two never sees the fifth."""
    out = [tmp_path / "first.keras", tmp_path / "second.keras"]
    command = [sys.executable, "-c", SCRIPT, *map(str, out)]
    done = subprocess.run(command, env=tensorflow_environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0].startswith("  net, epoch 1/5: training loss ") and told[0].endswith("held out: loss 3.0000 *")
    assert [line.endswith(" *") for line in told[:4]] == [True, True, False, False]
    assert told[4] == "  net: stopped, no better for 2 epochs"
    assert told[5] == "best 2 of 4 True"
    assert [line[:22] for line in told[6:10]] == [f"  later, epoch {n}/5: tr" for n in (1, 2, 3, 4)]
    assert [line.endswith(" *") for line in told[6:10]] == [False, False, True, False]
    assert told[10] == "  later: stopped, no better for 1 epochs"
    assert told[11].endswith("True") and told[12] == "the same True"
    assert told[:13] == told[13:]
    assert out[0].read_bytes() == out[1].read_bytes()
