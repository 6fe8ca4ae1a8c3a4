"""Files that cannot be used: each gets one sentence that names the file and the place, and exit code 2."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tinykit.calibration.tflite_builder import ModelBuilder, _Tensor, _Writer
from tinykit.errors import BAD_INPUT, InputError
from tinykit.graph import load

QUANT = {"scale": 0.1, "zero_point": 0}


def refusal(tmp_path: Path, data: bytes) -> str:
    """The sentence with which the file is refused."""
    path = tmp_path / "net.tflite"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.exit_code == BAD_INPUT
    message = caught.value.message
    assert "net.tflite" in message
    assert message.isprintable()
    return message


def identity(shape: tuple[int, ...] = (1, 8), **quant: object) -> tuple[ModelBuilder, int, int]:
    """A builder with one RELU, and its input and output."""
    b = ModelBuilder()
    given = {**QUANT, **quant}
    x = b.input(shape, **given)  # type: ignore[arg-type]
    return b, x, b.op("RELU", [x], shape=shape, **given)  # type: ignore[arg-type]


Change = Callable[[ModelBuilder, int, int], int]


def missing_tensor(b: ModelBuilder, x: int, y: int) -> int:
    b.operators[0].inputs = [99]
    return y


def negative_tensor(b: ModelBuilder, x: int, y: int) -> int:
    b.operators[0].inputs = [-2]
    return y


def cycle(b: ModelBuilder, x: int, y: int) -> int:
    b.operators[0].inputs = [y]
    return y


def unsorted(b: ModelBuilder, x: int, y: int) -> int:
    z = b.op("ADD", [x, y], shape=(1, 8), **QUANT)
    b.operators.reverse()
    return z


def written_twice(b: ModelBuilder, x: int, y: int) -> int:
    b.operators.append(b.operators[0])
    return y


def written_input(b: ModelBuilder, x: int, y: int) -> int:
    b.operators[0].outputs = [x]
    return x


def no_operator_output(b: ModelBuilder, x: int, y: int) -> int:
    b.operators[0].outputs = []
    return x


def one_addend(b: ModelBuilder, x: int, y: int) -> int:
    return b.op("ADD", [y], shape=(1, 8), **QUANT)


def no_model_input(b: ModelBuilder, x: int, y: int) -> int:
    b.inputs = []
    return y


def never_written(b: ModelBuilder, x: int, y: int) -> int:
    return b.tensor((1, 8), **QUANT)


def wrong_size(b: ModelBuilder, x: int, y: int) -> int:
    return b.op("RESHAPE", [y], shape=(1, 9), **QUANT)


def short_data(b: ModelBuilder, x: int, y: int) -> int:
    c = b.tensor((1, 8), data=b"\0" * 7, **QUANT)
    return b.op("ADD", [y, c], shape=(1, 8), **QUANT)


def wrong_conv_shape(b: ModelBuilder, x: int, y: int) -> int:
    m = b.op("RESHAPE", [y], shape=(1, 2, 2, 2), **QUANT)
    w = b.constant(np.ones((3, 1, 1, 2), np.int8), scale=0.1)
    return b.op("CONV_2D", [m, w], shape=(1, 2, 2, 4), **QUANT)


def wrong_multiplier(b: ModelBuilder, x: int, y: int) -> int:
    """tflite_micro computes with what the file tells, not with what the shapes say."""
    m = b.op("RESHAPE", [y], shape=(1, 2, 2, 2), **QUANT)
    w = b.constant(np.ones((1, 1, 1, 4), np.int8), scale=0.1)
    return b.op("DEPTHWISE_CONV_2D", [m, w], shape=(1, 2, 2, 4), depth_multiplier=3, **QUANT)


def zero_stride(b: ModelBuilder, x: int, y: int) -> int:
    m = b.op("RESHAPE", [y], shape=(1, 2, 2, 2), **QUANT)
    w = b.constant(np.ones((3, 1, 1, 2), np.int8), scale=0.1)
    return b.op("CONV_2D", [m, w], shape=(1, 2, 2, 3), stride=(0, 1), **QUANT)


def computed_axes(b: ModelBuilder, x: int, y: int) -> int:
    axes = b.tensor((1,), "int32")
    b.inputs.append(axes)
    return b.op("MEAN", [y, axes], shape=(1,), **QUANT)


def axis_outside(b: ModelBuilder, x: int, y: int) -> int:
    return b.op("MEAN", [y], shape=(1,), axes=[2], **QUANT)


def no_permutation(b: ModelBuilder, x: int, y: int) -> int:
    return b.op("TRANSPOSE", [y], shape=(1, 8), perm=(0, 0), **QUANT)


def negative_padding(b: ModelBuilder, x: int, y: int) -> int:
    return b.op("PAD", [y], shape=(1, 7), paddings=[(0, 0), (0, -1)], **QUANT)


CHANGES: dict[Change, str] = {
    axis_outside: "axes",
    computed_axes: "axes must be a constant",
    cycle: "'relu_0' before it is written",
    missing_tensor: "operator 0 RELU is tensor 99",
    negative_padding: "paddings",
    negative_tensor: "operator 0 RELU is tensor -2",
    never_written: "never written",
    no_model_input: "no input",
    no_operator_output: "operator 0 RELU lacks",
    no_permutation: "permutation",
    one_addend: "operator 1 ADD .* has no input 1",
    short_data: "'t2' has 7 bytes",
    unsorted: "operator 0 ADD reads tensor 'relu_0' before",
    written_input: "operator 0 RELU writes tensor 'input_0'",
    written_twice: "operator 1 RELU writes tensor 'relu_0'",
    wrong_conv_shape: r"operator 2 CONV_2D .* \[\[1, 2, 2, 4\]\], its inputs give \[\[1, 2, 2, 3\]\]",
    wrong_size: r"operator 1 RESHAPE turns \[1, 8\] into \[1, 9\]",
    wrong_multiplier: "depth multiplier is 3",
    zero_stride: r"operator 2 CONV_2D: stride \(0, 1\)",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_broken_structure(tmp_path: Path, change: Change) -> None:
    b, x, y = identity()
    assert re.search(CHANGES[change], refusal(tmp_path, b.build([change(b, x, y)])))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_scale(tmp_path: Path, scale: float) -> None:
    b, _, y = identity(scale=scale)
    assert "'input_0' has a scale that is not a positive number" in refusal(tmp_path, b.build([y]))


def test_wrong_number_of_scales(tmp_path: Path) -> None:
    b, _, y = identity(scale=[0.1, 0.2, 0.3])
    assert "'input_0' has 3 scales" in refusal(tmp_path, b.build([y]))


def test_zero_point_outside_of_int8(tmp_path: Path) -> None:
    b, _, y = identity(zero_point=300)
    assert "'input_0'" in refusal(tmp_path, b.build([y]))


@pytest.mark.parametrize("shape", [(1, -1), (0, 8), (1 << 30, 1 << 30), (2**31 - 1,) * 4, (1,) * 9], ids=str)
def test_impossible_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    b, _, y = identity(shape)
    assert "'input_0'" in refusal(tmp_path, b.build([y]))


def test_all_unsupported_operators_are_listed(tmp_path: Path) -> None:
    b, _, y = identity()
    y = b.op("SKIP_GRAM", [y], shape=(1, 8), **QUANT, name="act")
    y = b.op("HASHTABLE_LOOKUP", [y], shape=(1, 8), **QUANT)
    y = b.op("CUSTOM", [y], shape=(1, 8), **QUANT, custom_code="Mine")
    message = refusal(tmp_path, b.build([y]))
    assert message == (
        "net.tflite uses operators tinykit does not support: "
        "SKIP_GRAM (tensor 'act'), HASHTABLE_LOOKUP (tensor 'hashtable_lookup_2'), CUSTOM Mine (tensor 'custom_3')"
    )


def test_a_file_compiled_for_an_accelerator(tmp_path: Path) -> None:
    """Its operator reads scratch that nothing writes; what is wrong is the operator."""
    b, _, y = identity()
    scratch = b.tensor((1, 64), "int8")
    y = b.op("CUSTOM", [y, scratch], shape=(1, 8), **QUANT, custom_code="ethos-u")
    (tmp_path / "net.tflite").write_bytes(b.build([y]))
    with pytest.raises(InputError, match="not support: CUSTOM ethos-u") as caught:
        load(tmp_path / "net.tflite")
    assert caught.value.hint is not None and "accelerator" in caught.value.hint


def test_unsupported_operators_nobody_needs_do_no_harm(tmp_path: Path) -> None:
    """Keras computes the shape for RESHAPE in the graph where the batch is open; the recorded shape says it already."""
    b, x, y = identity()
    shape = b.op("SHAPE", [x], shape=(2,), dtype="int32")
    y = b.op("RESHAPE", [y, shape], shape=(1, 2, 4), **QUANT)
    path = tmp_path / "net.tflite"
    path.write_bytes(b.build([y]))
    assert [op.kind for op in load(path).ops] == ["RELU"]


def dense_model(dtype: str, weights: np.ndarray, **quant: object) -> bytes:
    b = ModelBuilder()
    x = b.input((1, 8), dtype)
    w = b.constant(weights, **quant)  # type: ignore[arg-type]
    return b.build([b.op("FULLY_CONNECTED", [x, w], shape=(1, 4), dtype=dtype)])


def test_float_model(tmp_path: Path) -> None:
    assert "float model" in refusal(tmp_path, dense_model("float32", np.ones((4, 8), np.float32)))


def test_float_model_says_how_to_quantise(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(dense_model("float32", np.ones((4, 8), np.float32)))
    with pytest.raises(InputError) as caught:
        load(path)
    assert "tinykit quantize" in caught.value.hint


def test_hybrid_model(tmp_path: Path) -> None:
    assert "float model" in refusal(tmp_path, dense_model("float32", np.ones((4, 8), np.int8), scale=0.1))


def test_float_operators_inside_are_named(tmp_path: Path) -> None:
    b, _, y = identity()
    y = b.op("DEQUANTIZE", [y], shape=(1, 8), dtype="float32")
    y = b.op("COS", [y], shape=(1, 8), dtype="float32")
    y = b.op("SIN", [y], shape=(1, 8), dtype="float32")
    y = b.op("QUANTIZE", [y], shape=(1, 8), **QUANT)
    assert "COS (tensor 'cos_2'), SIN (tensor 'sin_3')" in refusal(tmp_path, b.build([y]))


def test_an_empty_tensor_that_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    """LSTMs list such ones for what they compute in between."""
    b, _, y = identity()
    b.tensor((0,), "int16", scale=0.1, name="intermediate")
    path = tmp_path / "net.tflite"
    path.write_bytes(b.build([y]))
    assert len(load(path).ops) == 1


def test_several_graphs(tmp_path: Path) -> None:
    b, _, y = identity()
    assert "2 subgraphs" in refusal(tmp_path, b.build([y], subgraphs=2))


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\0" * 64, b"PK\x03\x04" + b"x" * 60, b"\x89HDF\r\n\x1a\n" * 4])
def test_other_files(tmp_path: Path, data: bytes) -> None:
    assert "not a .tflite file" in refusal(tmp_path, data)


def test_every_truncation(tmp_path: Path) -> None:
    b, _, y = identity()
    data = b.build([y])
    for length in range(8, len(data) - 16, 7):
        refusal(tmp_path, data[:length])


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tflite: No such file"):
        load(tmp_path / "none.tflite")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        load(tmp_path)


def test_file_of_an_impossible_size(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(InputError, match="too many"):
        load(path)


def test_transpose_of_another_size(tmp_path: Path) -> None:
    b, _, y = identity((1, 4, 4, 8))
    y = b.op("TRANSPOSE", [y], shape=(1, 4, 4, 4), perm=(0, 1, 2, 3), **QUANT)
    refusal(tmp_path, b.build([y]))


@pytest.mark.parametrize("shape", [(1, 4, 4, 2, 1), (4, 8)], ids=str)
def test_transpose_to_another_rank(tmp_path: Path, shape: tuple[int, ...]) -> None:
    b, _, y = identity((1, 4, 8))
    y = b.op("TRANSPOSE", [y], shape=shape, perm=(0, 2, 1), **QUANT)
    y = b.op("MEAN", [y], shape=shape[:-1], axes=[len(shape) - 1], **QUANT)
    refusal(tmp_path, b.build([y]))


def test_conversion_to_another_shape(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 8), "float32")
    y = b.op("QUANTIZE", [x], shape=(1, 9), **QUANT)
    refusal(tmp_path, b.build([b.op("RELU", [y], shape=(1, 9), **QUANT)]))


def test_pad_with_a_value_of_its_own(tmp_path: Path) -> None:
    """On a scale of its own it would mean other bytes."""
    b, _, y = identity()
    paddings = b.constant(np.array([[0, 0], [1, 1]], np.int32))
    value = b.constant(np.array([7], np.int8), scale=9.0)
    refusal(tmp_path, b.build([b.op("PAD", [y, paddings, value], shape=(1, 10), **QUANT)]))


def test_model_that_computes_nothing(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 8), **QUANT)
    refusal(tmp_path, b.build([b.op("RESHAPE", [x], shape=(8,), **QUANT)]))


def test_one_tensor_as_two_inputs(tmp_path: Path) -> None:
    b, x, y = identity()
    b.inputs = [x, x]
    refusal(tmp_path, b.build([y]))


def test_constant_as_input(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.constant(np.ones((1, 8), np.int8), **QUANT)
    b.inputs = [x]
    refusal(tmp_path, b.build([b.op("RELU", [x], shape=(1, 8), **QUANT)]))


def test_scale_too_small_for_the_activation(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 8), scale=1e-38)
    w = b.constant(np.ones((2, 8), np.int8), scale=0.1)
    refusal(tmp_path, b.build([b.op("FULLY_CONNECTED", [x, w], shape=(1, 2), scale=1e-38, activation="RELU6")]))


def test_half_floats_are_called_a_float_model(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 8), "float32")
    w = b.constant(np.ones((4, 8), np.float16))
    w = b.op("DEQUANTIZE", [w], shape=(4, 8), dtype="float32")
    data = b.build([b.op("FULLY_CONNECTED", [x, w], shape=(1, 4), dtype="float32")])
    assert "float model" in refusal(tmp_path, data)


def test_unsupported_operator_with_tensors_of_unknown_type(tmp_path: Path) -> None:
    b, _, y = identity()
    words = b.tensor((1,), "string")
    y = b.op("CUSTOM", [y, words], shape=(1, 8), **QUANT, custom_code="Mine")
    assert "CUSTOM Mine" in refusal(tmp_path, b.build([y]))


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    b, _, y = identity()
    refusal(tmp_path, b.build([b.op("SKIP_GRAM", [y], shape=(1, 8), **QUANT, name="a\nb\x1b[2Jc")]))


class _Sharing(_Writer):
    """Points all tensors of one name to the same table, so that a small file says very much."""

    def __init__(self, model: ModelBuilder) -> None:
        super().__init__([model])
        self.known: dict[str, int] = {}

    def tensor(self, tensor: _Tensor, buffer: int) -> int:
        if tensor.name not in self.known:
            self.known[tensor.name] = super().tensor(tensor, buffer)
        return self.known[tensor.name]


@pytest.mark.parametrize("scales", [1, 200_000])
def test_tables_that_all_point_to_a_huge_one(tmp_path: Path, scales: int) -> None:
    b, _, y = identity()
    name = "x" * (1_000_000 if scales == 1 else 1)
    shape = (scales,)
    for _ in range(200 if scales == 1 else 10):
        b.tensor(shape, scale=np.full(scales, 0.1), name=name)
    assert "overlap" in refusal(tmp_path, _Sharing(b).write([y]))


def test_a_uint8_network_is_told_how_to_become_int8(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "uint8", scale=0.1, zero_point=128)
    w = b.constant(np.full((2, 4), 120, np.uint8), scale=0.1, zero_point=120)
    y = b.op("FULLY_CONNECTED", [x, w], shape=(1, 2), dtype="uint8", scale=0.1, zero_point=128)
    path = tmp_path / "old.tflite"
    path.write_bytes(b.build([y]))
    with pytest.raises(InputError, match="is a uint8 network \\(tensor 'input_0'\\)") as refused:
        load(path)
    assert refused.value.hint is not None and "tinykit quantize" in refused.value.hint
