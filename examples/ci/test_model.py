"""The model on every board: the right bytes, the right answers, within its limits."""

import numpy as np


def test_every_byte_equals_the_reference(dut):
    dut.assert_bit_exact(n=50)


def test_it_fits_and_is_fast(dut):
    dut.assert_under(instructions=10_000, sram="2k", stack=512, flash="8k")


def test_it_knows_the_sine(dut):
    (x,), (y,) = dut.info.inputs, dut.info.outputs
    for angle in np.linspace(0, 2 * np.pi, 20):
        stored = np.clip(np.round(angle / x.scale) + x.zero_point, -128, 127).astype(np.int8)
        (answer,) = dut.run(stored.reshape(x.shape))
        assert abs(y.scale * (float(answer.item()) - y.zero_point) - np.sin(angle)) < 0.15


def test_the_reference_is_at_hand_too(dut, golden):
    x = np.full(dut.info.inputs[0].shape, -128, np.int8)
    assert np.array_equal(dut.run(x), golden(x))
