/* SPDX-License-Identifier: 0BSD
 * TFLite's fixed-point arithmetic, bit by bit: the double rounding of MultiplyByQuantizedMultiplier, and clamps. */
#ifndef TK_MATH_H
#define TK_MATH_H

#include <stdint.h>

/** `value` as two's complement; the cast that C leaves to the compiler, defined. */
static inline int32_t tk_wrap(uint32_t value)
{
    return value <= (uint32_t)INT32_MAX ? (int32_t)value : -(int32_t)(UINT32_MAX - value) - 1;
}

static inline int32_t tk_clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/** value * 2^-31 * multiplier to the nearest integer, halves up; `multiplier` >= 0. */
static inline int32_t tk_high_mul(int32_t value, int32_t multiplier)
{
    return (int32_t)(((int64_t)value * multiplier + (INT64_C(1) << 30)) >> 31);
}

/** value / 2^shift to the nearest integer, halves away from zero; 0 <= shift <= 31. */
static inline int32_t tk_rounding_shift(int32_t value, int shift)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << shift) - 1);
    return (value >> shift) + ((value & mask) > (mask >> 1) + (value < 0));
}

/** TFLite's MultiplyByQuantizedMultiplier: `shift` > 0 shifts left (wrapping, as there), < 0 right; -31 <= shift <= 31. */
static inline int32_t tk_requantise(int32_t value, int32_t multiplier, int shift)
{
    if (shift > 0)
        return tk_high_mul(tk_wrap((uint32_t)value << shift), multiplier);
    return tk_rounding_shift(tk_high_mul(value, multiplier), -shift);
}

/** The same, then the output's zero point and its activation range. */
static inline int8_t tk_requantise_s8(int32_t value, int32_t multiplier, int shift, int32_t zero_point, int32_t low,
                                      int32_t high)
{
    const int32_t scaled = tk_requantise(value, multiplier, shift);
    return (int8_t)tk_clamp(tk_wrap((uint32_t)scaled + (uint32_t)zero_point), low, high);
}
#endif
