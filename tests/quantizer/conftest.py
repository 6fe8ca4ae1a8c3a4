"""Keras models and data for them, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

MODELS = """
import keras, numpy as np, sys
L, folder = keras.layers, sys.argv[1]
keras.utils.set_random_seed(1)
def save(name, *layers):
    keras.Sequential(layers).save(f"{folder}/{name}")
image = keras.Input((12, 12, 3))
net = [image, L.Conv2D(4, 3, padding="same"), L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(3)]
save("net.keras", *net)
save("net.h5", *net)
save("lambda.keras", keras.Input((4,)), L.Lambda(lambda x: x * 2), L.Dense(2))
save("lambda.h5", keras.Input((4,)), L.Lambda(lambda x: x * 2), L.Dense(2))
save("lstm.keras", keras.Input((5, 3)), L.LSTM(4), L.Dense(2))
first, second = keras.Input((8, 8, 2), name="map"), keras.Input((5,), name="facts")
pooled = L.GlobalAveragePooling2D()(L.Conv2D(4, 3, activation="relu")(first))
joined = L.Concatenate()([pooled, L.Dense(4, activation="tanh")(second)])
outputs = [L.Dense(3, activation="softmax")(joined), L.Dense(1, activation="sigmoid")(joined)]
keras.Model([first, second], outputs).save(f"{folder}/two.keras")
save("rescaled.keras", image, L.Conv2D(4, 3, activation="relu"), L.Rescaling(2.0, 1.0, name="twice"), L.GlobalMaxPooling2D())
save("open.keras", keras.Input((None, 3)), L.Conv1D(4, 3), L.GlobalAveragePooling1D())
keras.utils.set_random_seed(3)
image = keras.Input((6, 6, 2))
x = L.Conv2D(6, 3, padding="same", activation="relu", name="first")(image)
x = L.DepthwiseConv2D(3, padding="same", activation="relu", name="uneven")(x)
y = L.Conv2D(6, 1, activation="relu", name="even")(x)
x = L.GlobalAveragePooling2D(name="pool")(L.Concatenate(name="both")([y, L.Conv2D(4, 1, name="beside")(y)]))
model = keras.Model(image, L.Dense(4, activation="softmax", name="classes")(x))
def change(name, index, factor):
    values = model.get_layer(name).get_weights()
    values[0][index] *= factor
    model.get_layer(name).set_weights(values)
# One channel of `uneven` is 300 times as large as the others, and nothing reads it.
change("uneven", (..., 0, 0), 300)
change("even", (..., 0, slice(None)), 0)
x = np.random.default_rng(4).normal(0, 1, (600, 6, 6, 2)).astype("float32")
pooled = keras.Model(image, model.get_layer("pool").output).predict(x, verbose=0)
weights = np.random.default_rng(5).normal(0, 1, (10, 4)) / (pooled.std(0) + 1e-6)[:, None]
model.get_layer("classes").set_weights([weights, -pooled.mean(0) @ weights])
model.save(f"{folder}/uneven.keras")
answers = model.predict(x, verbose=0)
clear = np.sort(answers)[:, -1] - np.sort(answers)[:, -2] > 0.9
np.savez(f"{folder}/uneven.npz", x=x[clear][:100], y=answers[clear].argmax(1)[:100])
"""


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keras")
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    subprocess.run([sys.executable, "-c", MODELS, str(folder)], check=True, env=env, capture_output=True)
    rng = np.random.default_rng(2)
    np.savez(folder / "images.npz", x=rng.normal(0, 1, (40, 12, 12, 3)).astype(np.float32))
    np.savez(folder / "series.npz", x=rng.normal(0, 1, (40, 5, 3)).astype(np.float32))
    two = {"map": rng.normal(0, 1, (40, 8, 8, 2)), "facts": rng.normal(0, 1, (40, 5))}
    np.savez(folder / "two.npz", **{name: values.astype(np.float32) for name, values in two.items()})
    np.savez(folder / "four.npz", x=rng.normal(0, 1, (40, 4)).astype(np.float32))
    return folder
