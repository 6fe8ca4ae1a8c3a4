"""MCUNet-style image classifiers: inverted bottlenecks with mixed 3, 5 and 7 kernels.

After MCUNet (Lin et al., "MCUNet: Tiny Deep Learning on IoT Devices", NeurIPS 2020, arXiv:2007.10319), whose networks
are chains of MobileNetV2 blocks (Sandler et al., 2018) of searched width, expansion and kernel size. The widths here are
chosen by hand, for CIFAR-10. Resolution, width and blocks are parameters; `VARIANTS` names the networks that are trained.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import layers

SIZE = 96
CLASSES = 10


class Block(NamedTuple):
    """One inverted bottleneck: 1x1 expansion, depthwise `kernel`, 1x1 projection; a residual add where shapes agree."""

    channels: int
    expansion: int
    kernel: int
    stride: int


STEM = 16
BLOCKS = (
    Block(16, 1, 3, 2),
    Block(16, 3, 5, 1),
    Block(32, 4, 5, 2),
    Block(32, 3, 7, 1),
    Block(32, 4, 3, 1),
    Block(64, 5, 5, 2),
    Block(64, 4, 7, 1),
    Block(64, 4, 3, 1),
)
HEAD = 256
REDISTRIBUTED = (
    Block(16, 1, 3, 2),
    Block(16, 3, 3, 1),
    Block(32, 4, 3, 2),
    Block(32, 3, 3, 1),
    Block(32, 4, 5, 1),
    Block(64, 5, 7, 2),
    Block(64, 4, 7, 1),
    Block(64, 4, 7, 1),
    Block(64, 4, 5, 1),
)
"""As in MCUNetV2 (Lin et al., NeurIPS 2021): 3 x 3 kernels where maps are large, so that patches of them overlap less, and larger
kernels and one block more where they are small, so that each answer still sees as much of the image."""

MOBILENETV2 = (
    Block(16, 1, 3, 1),
    Block(24, 6, 3, 2),
    Block(24, 6, 3, 1),
    Block(32, 6, 3, 2),
    Block(32, 6, 3, 1),
    Block(64, 6, 3, 2),
    Block(64, 6, 3, 1),
    Block(96, 6, 3, 1),
)
"""As in MobileNetV2: 3 x 3 kernels throughout, channels widened sixfold, and the first of these maps as large as the stem's."""


class Variant(NamedTuple):
    """What `build` makes a network of."""

    size: int
    width: float
    blocks: tuple[Block, ...]


VARIANTS = {
    "default": Variant(SIZE, 1.0, BLOCKS),
    "small": Variant(48, 0.5, BLOCKS),
    "redistributed": Variant(SIZE, 1.0, REDISTRIBUTED),
    "mobilenetv2": Variant(SIZE, 0.75, MOBILENETV2),
}
"""The trained networks, as `family.toml` names them; `default` is the family itself."""


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, a multiple of 8 and at least 8."""
    return max(8, round(channels * width / 8) * 8)


def _norm(x: keras.KerasTensor, name: str, activate: bool = True) -> keras.KerasTensor:
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if activate else x


def _pointwise(x: keras.KerasTensor, channels: int, name: str, activate: bool = True) -> keras.KerasTensor:
    return _norm(layers.Conv2D(channels, 1, use_bias=False, name=name)(x), name, activate)


def _bottleneck(x: keras.KerasTensor, block: Block, name: str) -> keras.KerasTensor:
    entry = x
    if block.expansion > 1:
        x = _pointwise(x, x.shape[-1] * block.expansion, f"{name}_expand")
    x = layers.DepthwiseConv2D(block.kernel, block.stride, "same", use_bias=False, name=f"{name}_depthwise")(x)
    x = _pointwise(_norm(x, f"{name}_depthwise"), block.channels, f"{name}_project", activate=False)
    if x.shape == entry.shape:
        x = layers.Add(name=f"{name}_add")([entry, x])
    return x


def build(size: int = SIZE, width: float = 1.0, blocks: tuple[Block, ...] = BLOCKS) -> keras.Model:
    """The network for float32 images [size, size, 3] in -1..1; returns 10 probabilities.

    The weights do not depend on `size`, so training may begin on smaller images. `width` multiplies all channels.
    """
    image = keras.Input((size, size, 3), name="image")
    x = _norm(layers.Conv2D(scaled(STEM, width), 3, 2, "same", use_bias=False, name="stem")(image), "stem")
    for index, block in enumerate(blocks):
        x = _bottleneck(x, block._replace(channels=scaled(block.channels, width)), f"block{index}")
    x = _pointwise(x, scaled(HEAD, width), "head")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    return keras.Model(image, layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="mcunet")


def receptive_field(blocks: tuple[Block, ...] = BLOCKS) -> int:
    """Pixels of the image, along one side, that an answer before the global pooling sees."""
    field, step = 3, 2
    for block in blocks:
        field += (block.kernel - 1) * step
        step *= block.stride
    return field


def macs(model: keras.Model) -> int:
    """Multiply-accumulates of one inference in the convolutions and the dense layer."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, layers.DepthwiseConv2D | layers.Conv2D):
            positions = layer.output.shape[1] * layer.output.shape[2]
            total += positions * int(layer.kernel.shape.num_elements())
        elif isinstance(layer, layers.Dense):
            total += int(layer.kernel.shape.num_elements())
    return total
