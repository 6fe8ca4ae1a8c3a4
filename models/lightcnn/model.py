"""LightCNN: one convolution over time, the mean of what it answers, and a dense layer.

After LightCNN, published for Parkinson's disease in EEG (59 channels of 2,500 samples, 5 s at 500 Hz): a convolution of 11
taps with as many outputs as channels, ReLU, dropout, global average pooling over time, two classes. The mean over time
makes it a bank of filters whose rectified amplitude is classified: band powers whose bands and montage are learnt.
"""

from __future__ import annotations

import keras
from keras import layers

SAMPLES = 2500
"""5 s at 500 Hz."""
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
