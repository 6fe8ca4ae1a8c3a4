/* SPDX-License-Identifier: 0BSD
 * int16 tensors in the arena, whose kernels are handed bytes; every tensor, row and pixel of them lies on an even address. */
#ifndef TK_INT16_H
#define TK_INT16_H

#include <stdint.h>

#include "tk_math.h"

static inline const int16_t *tk_in16(const int8_t *bytes) { return (const int16_t *)(const void *)bytes; }
static inline int16_t *tk_out16(int8_t *bytes) { return (int16_t *)(void *)bytes; }

/** TFLite's MultiplyByQuantizedMultiplier of a 64-bit value: value * multiplier / 2^shift, halves up. `multiplier` has 15
 * bits, 8 <= shift <= 46, |value| < 2^47; the result wraps at 32 bits, as there. */
static inline int32_t tk_requantise_long(int64_t value, int32_t multiplier, int shift)
{
    return tk_wrap((uint32_t)((value * multiplier + (INT64_C(1) << (shift - 1))) >> shift));
}
#endif
