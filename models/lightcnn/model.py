"""LightCNN: one convolution over time, the mean of what it answers, and a dense layer.

After LightCNN, published for Parkinson's disease in EEG (59 channels of 2,500 samples, 5 s at 500 Hz): a convolution of 11
taps with as many outputs as channels, ReLU, dropout, global average pooling over time, two classes. The mean over time
makes it a bank of filters whose rectified amplitude is classified: band powers whose bands and montage are learnt.
"""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from tinykit.families.fitting import answers

SAMPLES = 2500
CHANNELS = 19
PAPER_CHANNELS = 59
TAPS = 11
CLASSES = 2


def build(channels: int = CHANNELS, samples: int = SAMPLES) -> keras.Model:
    """The network for float32 segments [samples, channels] in -1..1; returns 2 probabilities."""
    segment = keras.Input((samples, channels), name="eeg")
    x = layers.Conv1D(channels, TAPS, padding="same", activation="relu", name="filters")(segment)
    x = layers.Dropout(0.1, name="dropout")(x)
    x = layers.GlobalAveragePooling1D(name="amplitude")(x)
    return keras.Model(segment, layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="lightcnn")


def even_out(network: keras.Model, segments: npt.NDArray[np.float32]) -> None:
    """Rewrite the weights so that int8 loses less; the network's answers stay what they are.

    All amplitudes share one scale, so each filter is scaled until its largest mean amplitude over `segments` is that of the
    others, and the dense layer divided by as much: a ReLU lets factors through. The two logits get opposite weights: what both
    have in common does not change a softmax, but takes some of their range.
    """
    filters, classes = network.get_layer("filters"), network.get_layer("classes")
    amplitudes = keras.Model(network.input, network.get_layer("amplitude").output)
    largest = answers(amplitudes, segments).max(0)
    factor = np.where(largest > 0, largest.mean() / np.maximum(largest, 1e-6), 1)
    kernel, bias = filters.get_weights()
    weights, offsets = classes.get_weights()
    weights = weights / factor[:, None]
    filters.set_weights([kernel * factor, bias * factor])
    classes.set_weights([weights - weights.mean(1, keepdims=True), offsets - offsets.mean()])
