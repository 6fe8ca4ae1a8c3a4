"""FunnelNet: a squeeze, a bottleneck and an expansion over a time-frequency map, for heart sounds.

After FunnelNet, published for heart murmurs: 2 × 2 convolutions with tanh and max pooling over 1,000 frames of 32 wavelet
scales narrow the map to 8 channels, a depthwise convolution works on it there, and two convolutions widen it again for a small
dense head. Two classes by softmax, where the paper has one output by a sigmoid: nine parameters more.
"""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

FRAMES = 1000
BANDS = 32
CLASSES = 2


def build() -> keras.Model:
    """The network for float32 maps [1000, 32, 1] in 0..1; returns 2 probabilities."""
    sound = keras.Input((FRAMES, BANDS, 1), name="bands")
    x = layers.Conv2D(16, 2, activation="tanh", name="squeeze1")(sound)
    x = layers.MaxPooling2D(name="pool1")(x)
    x = layers.Conv2D(8, 2, name="squeeze2")(x)
    x = layers.MaxPooling2D(name="pool2")(x)
    x = layers.DepthwiseConv2D(2, activation="tanh", name="bottleneck")(x)
    x = layers.MaxPooling2D(name="pool3")(x)
    x = layers.Conv2D(8, 2, name="expand1")(x)
    x = layers.MaxPooling2D(name="pool4")(x)
    x = layers.Conv2D(16, 2, padding="same", activation="tanh", name="expand2")(x)
    x = layers.MaxPooling2D(padding="same", name="pool5")(x)
    x = layers.Dropout(0.5, name="dropout")(layers.Flatten(name="flatten")(x))
    x = layers.Dense(8, activation="relu", name="dense")(x)
    return keras.Model(sound, layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="funnelnet")


def begin_in_the_middle(network: keras.Model, maps: npt.NDArray[np.float32]) -> None:
    """Scale the fresh first layer as if `maps` had mean 0 and deviation 1: levels lie on one side of 0, where tanh is flat."""
    mean, spread = float(maps.mean()), float(maps.std())
    first = network.get_layer("squeeze1")
    kernel, bias = first.get_weights()
    first.set_weights([kernel / spread, bias - mean / spread * kernel.sum((0, 1, 2))])
