"""ADD: same shapes, constants, broadcasting, and the proof of its linear form."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernels.differential import PORTABLE, Case, assert_exact
from tests.kernels.draw import ACTIVATIONS, Draw
from tinykit.calibration.tflite_builder import ModelBuilder
from tinykit.errors import InputError
from tinykit.graph.reader import parse
from tinykit.ops.add import ADD
from tinykit.ops.base import Node
from tinykit.ops.fixed_point import Scale
from tinykit.ops.linear_add import linear_add, sums


def _shape(draw: Draw) -> tuple[int, ...]:
    return (1, *draw.shape(3, 8)) if draw.chance(2) else draw.shape(draw.integer(1, 4), 5)


def _add(draw: Draw, shape: tuple[int, ...], second: tuple[int, ...], *, constant: bool, kernel: str = "") -> Case:
    b = ModelBuilder()
    x = b.input(shape, **draw.quant())
    inputs = [draw.values(shape)]
    if constant:
        y = b.constant(draw.values(second), **draw.quant())
    else:
        y = b.input(second, **draw.quant())
        inputs.append(draw.values(second))
    largest = max(b.tensors[x].scale, b.tensors[y].scale)
    scale = float(np.float32(largest * np.exp(draw.rng.uniform(-1, 1))))
    out = b.op(
        "ADD",
        [x, y] if draw.chance(2) else [y, x],
        shape=shape,
        scale=scale,
        zero_point=draw.zero_point(),
        activation=draw.pick(ACTIVATIONS),
    )
    return Case(ADD, b.build([out]), inputs, kernel)


@pytest.mark.parametrize("seed", range(3))
def test_same_shapes(seed: int) -> None:
    draw = Draw(seed)
    cases = [_add(draw, shape, shape, constant=False) for shape in (_shape(draw) for _ in range(40))]
    assert "tk_add_linear_row_s8" in assert_exact(cases)


def test_same_shapes_without_the_linear_form() -> None:
    draw = Draw(10)
    shapes = [_shape(draw) for _ in range(30)]
    assert_exact(_add(draw, s, s, constant=False, kernel="tk_add_exact_row_s8") for s in shapes)


@pytest.mark.parametrize("seed", range(2))
def test_constant_for_each_channel(seed: int) -> None:
    draw = Draw(20 + seed)
    shapes = [_shape(draw) for _ in range(30)]
    second = [draw.pick((s[-1:], (1,) * (len(s) - 1) + s[-1:])) for s in shapes]
    ran = assert_exact(_add(draw, s, t, constant=True) for s, t in zip(shapes, second, strict=True))
    assert "tk_add_channels_row_s8" in ran


def test_constant_of_one_element() -> None:
    draw = Draw(30)
    shapes = [_shape(draw) for _ in range(30)]
    second = [draw.pick(((), (1,), (1,) * len(s))) for s in shapes]
    assert assert_exact(_add(draw, s, t, constant=True) for s, t in zip(shapes, second, strict=True)) == {
        "tk_lut_row_s8"
    }


@pytest.mark.parametrize("constant", [False, True])
def test_broadcasting(constant: bool) -> None:
    draw = Draw(40 + constant)
    shapes = [draw.shape(draw.integer(1, 5), 5) for _ in range(40)]
    second = [
        tuple(n if draw.chance(2) else 1 for n in s)[draw.pick((0, 0, draw.integer(0, len(s) - 1))) :] for s in shapes
    ]
    assert {"tk_add_linear_pairs_row_s8", "tk_add_pairs_s8"} <= assert_exact(
        _add(draw, s, t, constant=constant) for s, t in zip(shapes, second, strict=True)
    )


def test_a_value_for_each_pixel() -> None:
    draw = Draw(42)
    shapes = [_shape(draw) for _ in range(20)]
    for kernel in ("tk_add_linear_pairs_row_s8", "tk_add_pairs_row_s8"):
        assert_exact((_add(draw, s, (*s[:-1], 1), constant=False, kernel=kernel) for s in shapes), PORTABLE)


def test_a_tensor_added_to_itself() -> None:
    b = ModelBuilder()
    x = b.input((1, 3, 3, 4), scale=0.1, zero_point=5)
    y = b.op("ADD", [x, x], shape=(1, 3, 3, 4), scale=0.15, zero_point=-7)
    assert_exact([Case(ADD, b.build([y]), [Draw(1).values((1, 3, 3, 4))])])


@pytest.mark.parametrize("ratio", [(1, 1, 2), (1, 1, 4), (1, 0.5, 1), (2, 0.25, 1), (1, 1, 1), (1, 0.25, 4)])
def test_ties_have_a_linear_form(ratio: tuple[float, float, float]) -> None:
    """Ratios that are powers of two make every rounding a tie or exact."""
    first, second, output = (Scale(0.0625 * r, z) for r, z in zip(ratio, (3, -7, 11), strict=True))
    assert linear_add(first, second, output, -128, 127) is not None


def test_linear_forms_are_found_for_nearly_all_scales_and_never_leave_32_bits() -> None:
    draw = Draw(50)
    values = np.arange(-128, 128, dtype=np.int64)
    found = 0
    for _ in range(60):
        first, second = (Scale(draw.scale(-3, 0), draw.zero_point()) for _ in range(2))
        output = Scale(float(np.float32(max(first.scale, second.scale) * draw.scale(-0.3, 1))), draw.zero_point())
        form = linear_add(first, second, output, -128, 127)
        if form is None:
            continue
        found += 1
        totals = form.bias + form.a * values[:, None] + form.b * values[None, :]
        assert np.abs(totals).max() < 2**31 and 128 * max(form.a, form.b) < 2**31
        np.testing.assert_array_equal(
            np.clip(totals >> form.shift, -128, 127), np.clip(sums(first, second, output), -128, 127)
        )
    assert found >= 59


def _checked(shape: tuple[int, ...], second: np.ndarray | tuple[int, ...], **options: object) -> None:
    b = ModelBuilder()
    x = b.input(shape, scale=0.1)
    y = b.input(second, scale=0.1) if isinstance(second, tuple) else b.constant(second, scale=0.1)
    model = b.build([b.op("ADD", [x, y], shape=shape, **{"scale": 0.1, **options})])
    graph = parse(model, name="m", source="m.tflite")
    ADD.check(Node(graph, graph.ops[0]))


def test_what_cannot_be_added_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="do not go together"):
        _checked((1, 4), (1, 3))
    with pytest.raises(InputError, match=r"activation tanh .*not supported"):
        _checked((1, 4), (1, 4), activation="TANH")
    with pytest.raises(InputError, match="scale is too small"):
        _checked((1, 4), (1, 4), scale=1e-9)
    with pytest.raises(InputError, match="only int8"):
        _checked((1, 4), (1, 4), dtype="int16")
