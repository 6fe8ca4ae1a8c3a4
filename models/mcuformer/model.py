"""A small vision transformer of the MCUFormer kind: low-rank attention and MLP, a patch embedding taken apart.

After MCUFormer (Liang et al., "MCUFormer: Deploying Vision Transformers on Microcontrollers with Limited Memory", NeurIPS 2023,
arXiv:2310.16898), whose networks have low-rank attention and MLPs of searched rank, and a patch embedding taken apart. The
ranks here are chosen by hand, for CIFAR-10 at 32 x 32 with one token for 3 x 3 pixels: 100 tokens.

The normalisation stands behind each residual add (Vaswani et al., 2017). So keys, values and queries read the tokens
themselves, and a token may be overwritten by its successor as soon as that is computed.
"""

from __future__ import annotations

import keras
from keras import layers, ops

SIZE = 32
CLASSES = 10
PATCH = 3
CHANNELS = 64
LAYERS = 3
HEADS = 2
RANK = 16
"""Of each head's queries, keys and values."""
HIDDEN = 128
MLP_RANK = 32
STEM = 16


def _tokens(x: keras.KerasTensor, channels: int, name: str, bias: bool = True) -> keras.KerasTensor:
    """The same linear map for each token."""
    return layers.Conv2D(channels, 1, use_bias=bias, name=name)(x)


def _conv_norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.ReLU(6.0, name=f"{name}_relu")(layers.BatchNormalization(momentum=0.95, name=f"{name}_bn")(x))


def patch_embedding(image: keras.KerasTensor) -> keras.KerasTensor:
    """Tokens [10, 10, CHANNELS]: a convolution of each pixel's neighbourhood, then of each channel one value for a patch of
    3 x 3, then the mixture of channels; taken together, a convolution of 5 x 5 pixels every 3."""
    x = _conv_norm(layers.Conv2D(STEM, 3, use_bias=False, name="stem")(image), "stem")
    x = _conv_norm(layers.DepthwiseConv2D(PATCH, PATCH, use_bias=False, name="patch")(x), "patch")
    return _tokens(x, CHANNELS, "embed")


def _normalise(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Scale and offset would only be folded into the layers behind, which are linear."""
    return layers.LayerNormalization(center=False, scale=False, epsilon=1e-3, name=name)(x)


def attention(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Multi-head self-attention of the tokens [height, width, channels], each head of its own low-rank maps."""
    height, width, channels = x.shape[1:]
    line = layers.Reshape((1, height * width, channels), name=f"{name}_line")(x)
    heads = []
    for head in range(HEADS):
        q, k, v = (_tokens(line, RANK, f"{name}_{part}{head}", bias=part != "k") for part in "qkv")
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2)))
        heads.append(ops.matmul(layers.Softmax(name=f"{name}_softmax{head}")(scores), v))
    joined = layers.Concatenate(name=f"{name}_heads")(heads) if HEADS > 1 else heads[0]
    x = layers.Add(name=f"{name}_add")([line, _tokens(joined, channels, f"{name}_project")])
    return _normalise(x, f"{name}_norm")


def mlp(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Both matrices as products of rank MLP_RANK; GELU by its sigmoid, x * sigmoid(1.702 x)."""
    channels = x.shape[-1]
    y = _tokens(_tokens(x, MLP_RANK, f"{name}_down1", bias=False), HIDDEN, f"{name}_up1")
    y = layers.Multiply(name=f"{name}_gelu")([y, ops.sigmoid(1.702 * y)])
    y = _tokens(_tokens(y, MLP_RANK, f"{name}_down2", bias=False), channels, f"{name}_up2")
    return _normalise(layers.Add(name=f"{name}_add")([x, y]), f"{name}_norm")


def build() -> keras.Model:
    """The network for float32 images [32, 32, 3] in -1..1; returns 10 probabilities.

    Positions are told by a depthwise convolution in front of each layer (Chu et al., "Conditional Positional Encodings for Vision
    Transformers", arXiv:2102.10882).
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = patch_embedding(image)
    side = x.shape[1]
    for n in range(LAYERS):
        position = layers.DepthwiseConv2D(3, padding="same", name=f"layer{n}_position")(x)
        x = layers.Add(name=f"layer{n}_position_add")([x, position])
        x = mlp(attention(x, f"layer{n}_attention"), f"layer{n}_mlp")
        x = layers.Reshape((side, side, CHANNELS), name=f"layer{n}_map")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="mcuformer")
