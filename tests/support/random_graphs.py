"""Random valid models for differential tests: small, but with the shapes and numbers that break kernels and planners.

@given(random_graphs())
def test_exact(model):
    data, seed = model
    wanted = run_reference(data, random_inputs(data, seed))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st

from tinykit.calibration.tflite_builder import ModelBuilder

_MOVERS = (
    *("DEPTH_TO_SPACE", "MIRROR_PAD", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "SPACE_TO_DEPTH"),
    *("CONCATENATION", "GATHER", "PAD", "QUANTIZE", "RESHAPE", "REVERSE_V2", "SPLIT_V", "STRIDED_SLICE", "TRANSPOSE"),
)
_CURVES = ("ABS", "ELU", "HARD_SWISH", "LEAKY_RELU", "LOGISTIC", "TANH")
_PAIRS = ("MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")
_ACTIVATIONS = ("NONE", "NONE", "RELU", "RELU6")
_SIZES = ((1, 1), (1, 12), (12, 1), (2, 33), (33, 2), (5, 5), (6, 9), (8, 8), (9, 7), (13, 13))
_CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 16)
_MOST_ELEMENTS = 2500
_MOST_CHANNELS = 24


@st.composite
def random_graphs(draw: st.DrawFn, least: int = 2, most: int = 8, *, plain: bool = False) -> tuple[bytes, int]:
    """(the `.tflite`, a seed for its inputs) of a model with `least` to `most` operators.

    It is drawn from convolutions (strides, dilation, SAME and VALID, depth multipliers, PAD in front), residual ADD
    branches, pools, reductions, views, dense layers and SOFTMAX, with float32 or int8 ports and sometimes two outputs.
    Hypothesis draws the structure, which it can simplify; weights and scales come from the seed. `plain`: nothing that the
    graph writer of the tests cannot write again, that is no variables and no islands of float32.
    """
    seed = draw(st.integers(0, 2**32 - 1))
    return _Author(draw, seed, plain).model(draw(st.integers(least, most))), seed


class _Author:
    """Writes one model: `at` is the tensor the next operator reads, with its shape, scale and zero point."""

    def __init__(self, draw: st.DrawFn, seed: int, plain: bool = False) -> None:
        self.draw = draw
        self.plain = plain
        self.rng = np.random.default_rng(seed)
        self.builder = ModelBuilder()
        self.at = 0

    def model(self, operators: int) -> bytes:
        float_ports = self.chance(6)
        self.start(float_ports)
        self.grow(operators - (2 if float_ports else 0))
        if all(op.kind in _MOVERS for op in self.builder.operators):
            self.flat_dense()  # a model must compute something
        if not float_ports and self.chance(12):
            inputs = [self.at, self.builder.constant(np.array(-1, np.int32))]
            self.at = self.builder.op("ARG_MAX", inputs, shape=self.shape[:-1], dtype="int32")
        inner = [t for op in self.builder.operators if op.kind != "VAR_HANDLE" for t in op.outputs if t != self.at]
        second = [self.pick(inner)] if inner and self.chance(8) else []
        if float_ports:
            self.at = self.builder.op("DEQUANTIZE", [self.at], shape=self.shape, dtype="float32")
        return self.builder.build([self.at, *second])

    # Choices

    def pick(self, choices: Sequence):  # type: ignore[no-untyped-def, type-arg]
        return self.draw(st.sampled_from(choices))

    def any_of(self, choices: Sequence[str]) -> str:
        """All alike likely, where Hypothesis prefers the first."""
        return self.pick([str(choice) for choice in self.rng.permutation(choices)])

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    # What is there

    @property
    def shape(self) -> tuple[int, ...]:
        return self.builder.tensors[self.at].shape

    @property
    def scale(self) -> float:
        return float(np.float32(self.builder.tensors[self.at].scale))  # type: ignore[arg-type]

    @property
    def quant(self) -> dict[str, float]:
        """Scale and zero point of the current tensor, for operators that keep them."""
        return {"scale": self.scale, "zero_point": self.builder.tensors[self.at].zero_point}  # type: ignore[dict-item]

    @property
    def is_map(self) -> bool:
        return len(self.shape) == 4

    def zero_point(self) -> int:
        return int(self.rng.choice([-128, 127, 0, self.rng.integers(-128, 128), self.rng.integers(-128, 128)]))

    def new_quant(self, spread: float = 1.0) -> dict[str, float]:
        """A scale of the order of `spread` of the current one."""
        return {"scale": self.scale * spread * math.exp(self.rng.uniform(-0.7, 0.7)), "zero_point": self.zero_point()}

    # Operators

    def start(self, float_ports: bool) -> None:
        height, width = self.pick(_SIZES)
        shape = (1, height, width, self.pick(_CHANNELS))
        quant = {"scale": math.exp(self.rng.uniform(-5, 0.5)), "zero_point": self.zero_point()}
        if float_ports:
            source = self.builder.input(shape, "float32")
            self.at = self.builder.op("QUANTIZE", [source], shape=shape, **quant)
        else:
            self.at = self.builder.input(shape, **quant)

    def grow(self, operators: int) -> None:
        """Append operators until at least `operators` are there, spatial ones first."""
        first = len(self.builder.operators)
        head = self.draw(st.integers(0, 2))
        while len(self.builder.operators) - first < max(operators - head, 1):
            self.pick(self.spatial())()
        for _ in range(head):
            self.pick(self.heads())()

    def beyond(self) -> list[Callable[[], None]]:
        return [] if self.plain else [self.island, self.remember]

    def spatial(self) -> list[Callable[[], None]]:
        if not self.is_map:
            return [self.dense, self.unary, self.pair, *self.beyond()]
        return [
            *[self.conv] * 3,
            *[self.depthwise] * 3,
            *[self.residual] * 3,
            *[self.pair] * 2,
            self.squeeze_and_excite,
            *[self.branches] * 2,
            self.cut,
            *[self.move] * 2,
            self.transpose_conv,
            self.pad,
            *[self.pool] * 2,
            *[self.unary] * 2,
            self.transpose,
            self.layer_norm,
            *([self.tokens] if self.shape[1] * self.shape[2] <= 48 else []),
            *self.beyond(),
        ]

    def heads(self) -> list[Callable[[], None]]:
        if self.is_map:
            heads = [self.mean, self.transposed_mean, self.flat_dense, self.reshape]
            return [*heads, self.attention] if self.shape[1] * self.shape[2] <= 48 else heads
        # The reference stops the whole process where exponentials sum to 512 or more.
        return [self.dense, self.reshape, *([self.softmax] * 2 if self.shape[-1] < 512 else [])]

    def conv(self) -> None:
        kernel = self.kernel()
        outputs = self.pick([c for c in _CHANNELS if c <= self.room(self.window(kernel))])
        weights = self.weights((outputs, *kernel, self.shape[3]))
        self.filter("CONV_2D", weights, axis=0, channels=outputs, kernel=kernel)

    def depthwise(self) -> None:
        kernel = self.kernel()
        channels = self.shape[3]
        most = max(min(self.room(self.window(kernel)), _MOST_CHANNELS) // channels, 1)
        multiplier = self.pick([m for m in (1, 1, 1, 2, 3) if m <= most])
        weights = self.weights((1, *kernel, channels * multiplier))
        self.filter("DEPTHWISE_CONV_2D", weights, 3, channels * multiplier, kernel, depth_multiplier=multiplier)

    def transpose_conv(self) -> None:
        height, width, depth = self.shape[1:]
        kernel, stride = (self.pick((1, 2, 3)), self.pick((2, 3))), (self.pick((1, 2)), self.pick((1, 2)))
        size = (height * stride[0], width * stride[1])
        outputs = self.pick([c for c in _CHANNELS if c <= self.room(size)])
        inputs, quant, activation = self.weighted(self.weights((outputs, *kernel, depth)), 0)
        shape = (1, *size, outputs)
        inputs = [self.builder.constant(np.array(shape, np.int32)), inputs[1], inputs[0], *inputs[2:]]
        options = {"stride": stride, "padding": "SAME", "activation": activation}
        self.at = self.builder.op("TRANSPOSE_CONV", inputs, shape=shape, **quant, **options)

    def attention(self) -> None:
        """Each pixel as the others see it: softmax of products, times the pixels."""
        pixels, channels, quant = self.shape[1] * self.shape[2], self.shape[3], self.quant
        source = self.builder.op("RESHAPE", [self.at], shape=(1, pixels, channels), **quant)
        scores = {"scale": self.scale**2 * 300 * math.sqrt(channels), "zero_point": self.zero_point()}
        self.at = self.builder.op("BATCH_MATMUL", [source, source], shape=(1, pixels, pixels), adj_y=True, **scores)
        self.softmax()
        self.at = self.builder.op("BATCH_MATMUL", [self.at, source], shape=(1, pixels, channels), **quant)

    def tokens(self) -> None:
        """What the pixels tell each other, by queries, keys and values of their own, added to them."""
        source, shape = self.at, self.shape
        pixels, rank = shape[1] * shape[2], self.pick((1, 2, 4))
        lines = 1, 1, pixels, rank
        queries = lines if self.chance(2) else (*shape[:3], rank)
        query, key, value = (self.mixed(source, rank, asked) for asked in (queries, lines, lines))
        scores = {"scale": self.scale**2 * 300 * math.sqrt(rank), "zero_point": self.zero_point()}
        wide = (*queries[:3], pixels)
        self.at = self.builder.op("BATCH_MATMUL", [query, key], shape=wide, adj_y=True, **scores)
        self.at = self.builder.op("SOFTMAX", [self.at], shape=wide, scale=1 / 256, zero_point=-128, beta=1.0)
        seen = self.builder.op("BATCH_MATMUL", [self.at, value], shape=queries, **self.new_quant())
        self.at = self.mixed(seen, shape[3], shape)
        self.at = self.builder.op("ADD", [source, self.at], shape=shape, **self.new_quant(1.5))

    def mixed(self, source: int, channels: int, shape: tuple[int, ...]) -> int:
        """A mixture of the channels of `source`, seen as `shape`."""
        self.at, (self.stride, self.dilation, self.padding) = source, ((1, 1), (1, 1), "SAME")
        if self.chance(3):
            inputs, quant, activation = self.weighted(self.weights((channels, self.shape[3])), 0)
            options = {"keep_num_dims": True, "activation": activation}
            self.at = self.builder.op("FULLY_CONNECTED", inputs, shape=(*self.shape[:3], channels), **quant, **options)
        else:
            self.filter("CONV_2D", self.weights((channels, 1, 1, self.shape[3])), 0, channels, (1, 1))
        return self.at if self.shape == shape else self.builder.op("RESHAPE", [self.at], shape=shape, **self.quant)

    def layer_norm(self) -> None:
        """Each pixel with mean 0 and variance 1, as exporters write it: x · f − mean · f, f the variance to the power of −½."""
        source, shape = self.at, self.shape
        each, factor = (*shape[:3], 1), {"scale": 1 / (100 * self.scale), "zero_point": -128}
        mean = self.builder.op("MEAN", [source], shape=each, axes=[3], keep_dims=True, **self.new_quant())
        squares = {"scale": self.scale**2 * 60, "zero_point": -128}
        self.at = self.builder.op("SQUARED_DIFFERENCE", [source, mean], shape=shape, **squares)
        self.at = self.builder.op("MEAN", [self.at], shape=each, axes=[3], keep_dims=True, **squares)
        inverse = self.builder.op("RSQRT", [self.at], shape=each, **factor)
        shift = self.builder.op("MUL", [mean, inverse], shape=each, scale=0.03, zero_point=self.zero_point())
        self.at = self.builder.op("MUL", [source, inverse], shape=shape, scale=0.03, zero_point=self.zero_point())
        self.at = self.builder.op(self.any_of(("ADD", "SUB")), [self.at, shift], shape=shape, scale=0.04, zero_point=3)

    def kernel(self) -> tuple[int, int]:
        """Draw the window: its size, and with it stride, dilation and padding."""
        size = (self.pick((1, 1, 2, 3, 3, 5, 7)), self.pick((1, 2, 3, 3, 5, 7)))
        if self.chance(4):
            size = (1, 1)
        self.stride = (self.pick((1, 1, 1, 2, 3)), self.pick((1, 1, 1, 2, 3)))
        self.dilation = (self.pick((1, 2, 3)), self.pick((1, 2))) if self.chance(6) else (1, 1)
        fits = all((k - 1) * d + 1 <= n for k, d, n in zip(size, self.dilation, self.shape[1:3], strict=True))
        self.padding = self.pick(("SAME", "VALID")) if fits else "SAME"
        return size

    def window(self, kernel: tuple[int, int]) -> tuple[int, int]:
        """Height and width of the output of the window drawn last."""
        axes = zip(self.shape[1:3], kernel, self.stride, self.dilation, strict=True)
        if self.padding == "SAME":
            height, width = (-(-n // s) for n, _, s, _ in axes)
        else:
            height, width = ((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in axes)
        return height, width

    @staticmethod
    def room(size: tuple[int, int]) -> int:
        """Channels a map of this size may have."""
        return max(_MOST_ELEMENTS // (size[0] * size[1]), 1)

    def filter(
        self, kind: str, weights: np.ndarray, axis: int, channels: int, kernel: tuple[int, int], **options: int
    ) -> None:
        inputs, quant, activation = self.weighted(weights, axis)
        shape = (1, *self.window(kernel), channels)
        window = {"stride": self.stride, "dilation": self.dilation, "padding": self.padding}
        self.at = self.builder.op(kind, inputs, shape=shape, **quant, **window, activation=activation, **options)

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """Bell-shaped as trained ones, or extremes throughout."""
        if self.chance(8):
            return self.rng.choice(np.array([-127, 127], np.int8), shape)
        return np.clip(self.rng.normal(0, 40, shape), -127, 127).astype(np.int8)

    def weighted(self, weights: np.ndarray, axis: int) -> tuple[list[int | None], dict[str, float], str]:
        """The inputs of an operator with weights and bias, and an output range its sums fill, overfill or leave."""
        outputs = weights.shape[axis]
        taps = weights.size // outputs
        per_channel = not self.chance(5)
        scales = np.exp(self.rng.normal(-4, 0.8, outputs if per_channel else 1))
        # A sum of `taps` products of an int8 value and a weight is about this large.
        spread = 70.0 * 40.0 * math.sqrt(taps)
        w = self.builder.constant(weights, scale=scales, axis=axis if per_channel else 0)
        inputs: list[int | None] = [self.at, w]
        # Without a bias the input is left out: the reference crashes on a depthwise convolution that says -1 instead.
        if not self.chance(6):
            reach = min(spread * float(self.rng.choice([0.1, 1.0, 3.0, 100.0])), 2.0**28)
            values = self.rng.uniform(-reach, reach, outputs).astype(np.int32)
            bias_scale = np.float32(self.scale) * scales.astype(np.float32)
            inputs.append(self.builder.constant(values, scale=bias_scale))
        fill = float(self.rng.choice([1.0, 1.0, 0.05, 10.0]))
        scale = self.scale * float(np.median(scales)) * spread / 60.0 * fill
        return inputs, {"scale": scale, "zero_point": self.zero_point()}, self.pick(_ACTIVATIONS)

    def residual(self) -> None:
        """One or two convolutions that keep the shape, added to what they started from."""
        skip = self.at
        for _ in range(self.pick((1, 1, 2))):
            kernel = (self.pick((1, 3, 5)), self.pick((1, 3, 5)))
            self.stride, self.dilation, self.padding = (1, 1), (1, 1), "SAME"
            channels = self.shape[3]
            if self.pick((True, False)):
                self.filter("CONV_2D", self.weights((channels, *kernel, channels)), 0, channels, kernel)
            else:
                weights = self.weights((1, *kernel, channels))
                self.filter("DEPTHWISE_CONV_2D", weights, 3, channels, kernel, depth_multiplier=1)
        inputs = [skip, self.at] if self.pick((True, False)) else [self.at, skip]
        quant = self.new_quant(1.5)
        activation = self.pick(_ACTIVATIONS)
        self.at = self.builder.op("ADD", inputs, shape=self.shape, **quant, activation=activation)

    def pair(self) -> None:
        """The current tensor with one its shape, one that broadcasts, or a constant."""
        kind = self.any_of(_PAIRS)
        axes = [n if self.chance(2) else 1 for n in self.shape[1:]]
        shapes = (self.shape, self.shape[-1:], (1,), (1, *axes))
        maps = [i for i, t in enumerate(self.builder.tensors) if t.data is None and t.dtype == "int8"]
        other = self.pick([i for i in maps if self.builder.tensors[i].shape in shapes])
        if self.pick((True, False)):
            shape = self.pick(shapes)
            values = self.rng.integers(-128, 128, shape).astype(np.int8)
            other = self.builder.constant(values, **self.new_quant())
        inputs = [self.at, other] if kind == "PRELU" or self.pick((True, False)) else [other, self.at]
        quant = self.new_quant()
        if kind in ("MUL", "PRELU"):
            quant["scale"] *= 60 * float(np.max(self.builder.tensors[other].scale))
        if kind == "SQUARED_DIFFERENCE":
            quant["scale"] *= 60 * self.scale
        if kind == "SUB":
            quant["scale"] = max(quant["scale"], 1e-4 * float(np.max(self.builder.tensors[other].scale)))
        options = {"activation": self.pick(_ACTIVATIONS)} if kind in ("MUL", "SUB") else {}
        self.at = self.builder.op(kind, inputs, shape=self.shape, **quant, **options)

    def island(self) -> None:
        """Out to float32 and back: a function of one value, or a factor for each channel."""
        shape, real = self.shape, {"dtype": "float32"}
        self.at = self.builder.op("DEQUANTIZE", [self.at], shape=shape, **real)
        kind = self.any_of(("ABS", "MUL", "NEG", "RELU"))
        factors = [self.builder.constant(self.rng.uniform(0.5, 2, shape[-1:]).astype(np.float32))] if kind == "MUL" else []
        quant = {"scale": math.exp(self.rng.uniform(-5, 0.5)), "zero_point": self.zero_point()}
        self.at = self.builder.op(kind, [self.at, *factors], shape=shape, **real)
        self.at = self.builder.op("QUANTIZE", [self.at], shape=shape, **quant)

    def remember(self) -> None:
        """A sum over all inferences."""
        name, quant = f"variable{len(self.builder.operators)}", self.new_quant()
        before = self.builder.op("READ_VARIABLE", [self.builder.variable(name)], shape=self.shape, **quant)
        self.at = self.builder.op("ADD", [self.at, before], shape=self.shape, **quant)
        self.builder.outputs("ASSIGN_VARIABLE", [self.builder.variable(name), self.at], [])

    def squeeze_and_excite(self) -> None:
        """The map scaled by a factor for each channel, which its mean says."""
        source, quant = self.at, self.quant
        shape = (1, 1, 1, self.shape[3])
        self.at = self.builder.op("MEAN", [source], shape=shape, axes=(1, 2), keep_dims=True, **self.new_quant(0.5))
        self.at = self.builder.op("LOGISTIC", [self.at], shape=shape, scale=1 / 256, zero_point=-128)
        inputs = [source, self.at] if self.pick((True, False)) else [self.at, source]
        self.at = self.builder.op("MUL", inputs, shape=self.builder.tensors[source].shape, **quant)

    def branches(self) -> None:
        """What is there and what a convolution makes of it, joined; or its pieces, joined in another order."""
        source, axis = self.at, self.pick((1, 2, 3, 3))
        if self.shape[axis] > 1 and self.pick((True, False)):
            self.pieces(axis)
        else:
            self.stride, self.dilation, self.padding = (1, 1), (1, 1), "SAME"
            kernel, channels = (self.pick((1, 3)), self.pick((1, 3))), self.shape[3]
            self.filter("CONV_2D", self.weights((channels, *kernel, channels)), 0, channels, kernel)
            quant = self.quant
            other = self.builder.op("QUANTIZE", [source], shape=self.builder.tensors[source].shape, **quant)
            shape = tuple(2 * n if i == axis else n for i, n in enumerate(self.shape))
            inputs = [other, self.at] if self.pick((True, False)) else [self.at, other]
            self.at = self.builder.op("CONCATENATION", inputs, shape=shape, axis=axis, **quant)

    def pieces(self, axis: int) -> None:
        source, shape, quant = self.at, self.shape, self.quant
        first = self.draw(st.integers(1, shape[axis] - 1))
        sizes = [first, shape[axis] - first]
        shapes = [tuple(size if i == axis else n for i, n in enumerate(shape)) for size in sizes]
        inputs = [source, *(self.builder.constant(np.array(v, np.int32)) for v in (sizes, axis))]
        parts = self.builder.outputs("SPLIT_V", inputs, shapes, num_splits=2, **quant)
        self.at = self.builder.op("CONCATENATION", parts[::-1], shape=shape, axis=axis, **quant)

    def cut(self) -> None:
        """Some rows, pixels or channels, every one or every other; or all of an axis, the other way round or in any order."""
        if self.chance(3):
            self.reordered()
            return
        begin = [0, *(self.pick((0, 0, min(1, n - 1))) for n in self.shape[1:])]
        steps = [1, *(self.pick((1, 1, 2)) for _ in self.shape[1:])]
        shape = [len(range(first, n, by)) for first, n, by in zip(begin, self.shape, steps, strict=True)]
        options = {"begin": begin, "end": self.shape, "strides": steps}
        self.at = self.builder.op("STRIDED_SLICE", [self.at], shape=shape, **options, **self.quant)

    def reordered(self) -> None:
        axis = self.pick((1, 2, 3))
        if self.plain or self.chance(2):
            places = self.builder.constant(self.rng.permutation(self.shape[axis]).astype(np.int32))
            self.at = self.builder.op("GATHER", [self.at, places], shape=self.shape, axis=axis, **self.quant)
        else:
            self.at = self.builder.op("REVERSE_V2", [self.at], shape=self.shape, axes=[axis], **self.quant)

    def move(self) -> None:
        """The map larger, smaller, mirrored at its borders, or in blocks."""
        _, height, width, channels = self.shape
        larger = self.pick((1, 2)) if 4 * height * width * channels <= _MOST_ELEMENTS else 1
        kind = self.any_of(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "MIRROR_PAD", "SPACE_TO_DEPTH", "DEPTH_TO_SPACE"))
        if kind == "MIRROR_PAD":
            sides = [(0, 0), *((self.pick((0, 1)), self.pick((0, 0, 1))) for _ in range(2)), (0, 0)]
            shape = tuple(n + sum(pair) for n, pair in zip(self.shape, sides, strict=True))
            self.at = self.builder.op(kind, [self.at], shape=shape, paddings=sides, mode=1, **self.quant)
        elif kind == "SPACE_TO_DEPTH" and height % 2 == width % 2 == 0 and 4 * channels <= _MOST_CHANNELS:
            shape = (1, height // 2, width // 2, channels * 4)
            self.at = self.builder.op(kind, [self.at], shape=shape, block_size=2, **self.quant)
        elif kind == "DEPTH_TO_SPACE" and channels % 4 == 0:
            shape = (1, height * 2, width * 2, channels // 4)
            self.at = self.builder.op(kind, [self.at], shape=shape, block_size=2, **self.quant)
        elif kind.startswith("RESIZE"):
            size = self.pick(((height * larger, width * larger), (-(-height // 2), -(-width // 2))))
            options = {"size": size, "half_pixel_centers": self.pick((False, True))}
            self.at = self.builder.op(kind, [self.at], shape=(1, *size, channels), **options, **self.quant)

    def pad(self) -> None:
        """PAD, before a convolution as exporters write it or on its own."""
        before_conv = not self.chance(3)
        sides = [(0, 0), *((self.pick((0, 1, 2)), self.pick((0, 1, 3))) for _ in range(2)), (0, 0)]
        if not before_conv and self.chance(3):
            sides[3] = (self.pick((0, 1)), self.pick((0, 2)))
        shape = tuple(n + before + after for n, (before, after) in zip(self.shape, sides, strict=True))
        self.at = self.builder.op("PAD", [self.at], shape=shape, paddings=sides, **self.quant)
        if before_conv:
            self.pick((self.conv, self.depthwise))()

    def pool(self) -> None:
        kind = self.pick(("AVERAGE_POOL_2D", "MAX_POOL_2D"))
        self.dilation = (1, 1)
        self.stride = (self.pick((1, 1, 2, 3)), self.pick((1, 1, 2, 3)))
        window = self.shape[1:3] if self.chance(4) else (self.pick((1, 2, 3)), self.pick((1, 2, 3)))
        fits = all(k <= n for k, n in zip(window, self.shape[1:3], strict=True))
        self.padding = self.pick(("SAME", "VALID")) if fits else "SAME"
        options = {"filter": window, "stride": self.stride, "padding": self.padding}
        shape = (1, *self.window(window), self.shape[3])
        activation = self.pick(_ACTIVATIONS)
        self.at = self.builder.op(kind, [self.at], shape=shape, **self.quant, **options, activation=activation)

    def unary(self) -> None:
        """A standalone activation, fusible or not, or a change of quantisation, sometimes to the same."""
        kind = self.pick(("RELU", "RELU6", "QUANTIZE", "")) or self.any_of(_CURVES)
        quant = self.quant if self.pick((True, False)) else self.new_quant()
        quant = {"LOGISTIC": {"scale": 1 / 256, "zero_point": -128}, "TANH": {"scale": 1 / 128, "zero_point": 0}}.get(kind, quant)
        self.at = self.builder.op(kind, [self.at], shape=self.shape, **quant, alpha=self.pick((0.1, 0.25)))

    def transpose(self) -> None:
        perm = self.pick(((0, 2, 1, 3), (0, 1, 2, 3), (0, 3, 1, 2), (0, 2, 3, 1)))
        if max(self.shape[axis] for axis in perm[3:]) > _MOST_CHANNELS:
            perm = (0, 2, 1, 3)
        shape = tuple(self.shape[axis] for axis in perm)
        self.at = self.builder.op("TRANSPOSE", [self.at], shape=shape, perm=perm, **self.quant)

    def mean(self) -> None:
        kind = self.any_of(("MEAN", "MEAN", "MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"))
        axes, keep = self.pick(((1, 2), (1, 2), (1,), (2,), (2, 1))), self.chance(2)
        shape = tuple(1 if axis in axes else n for axis, n in enumerate(self.shape) if keep or axis not in axes)
        quant = self.quant if kind.startswith("REDUCE") else self.new_quant(0.5 if kind == "MEAN" else 4.0)
        self.at = self.builder.op(kind, [self.at], shape=shape, axes=axes, keep_dims=keep, **quant)

    def transposed_mean(self) -> None:
        """NHWC → NCHW, then the mean of one spatial axis after the other, as exporters from channels-first write it."""
        _, height, width, channels = self.shape
        shape = (1, channels, height, width)
        self.at = self.builder.op("TRANSPOSE", [self.at], shape=shape, perm=(0, 3, 1, 2), **self.quant)
        first = self.pick((2, 3))
        shape = (1, channels, width if first == 2 else height)
        self.at = self.builder.op("MEAN", [self.at], shape=shape, axes=[first], **self.new_quant(0.7))
        self.at = self.builder.op("MEAN", [self.at], shape=(1, channels), axes=[2], **self.new_quant(0.7))

    def reshape(self) -> None:
        size = math.prod(self.shape)
        if self.is_map or self.pick((True, False)):
            shape: tuple[int, ...] = (1, size)
        else:
            shape = (1, 1, 1, size)
        self.at = self.builder.op("RESHAPE", [self.at], shape=shape, **self.quant)

    def flat_dense(self) -> None:
        self.reshape()
        self.dense()

    def dense(self) -> None:
        size = math.prod(self.shape)
        outputs = self.pick((1, 2, 5, 10))
        inputs, quant, activation = self.weighted(self.weights((outputs, size)), 0)
        self.at = self.builder.op("FULLY_CONNECTED", inputs, shape=(1, outputs), **quant, activation=activation)

    def softmax(self) -> None:
        if self.chance(4):
            self.at = self.builder.op("LOG_SOFTMAX", [self.at], shape=self.shape, scale=1 / 16, zero_point=127)
            return
        beta = self.pick((1.0, 1.0, 0.5))
        options = {"scale": 1 / 256, "zero_point": -128, "beta": beta}
        self.at = self.builder.op("SOFTMAX", [self.at], shape=self.shape, **options)
