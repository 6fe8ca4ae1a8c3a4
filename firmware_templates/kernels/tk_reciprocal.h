/* SPDX-License-Identifier: 0BSD
 * gemmlowp's division, bit by bit. */
#ifndef TK_RECIPROCAL_H
#define TK_RECIPROCAL_H

#include <stdint.h>

#include "tk_math.h"

/** Zero bits above the highest one; `value` > 0. */
static inline int tk_leading_zeros(uint32_t value)
{
#if defined(__GNUC__)
    return __builtin_clz(value);
#else
    int count = 0;
    for (; !(value & UINT32_C(0x80000000)); value <<= 1)
        ++count;
    return count;
#endif
}

/** 1 / (1 + x) for x = 0 ... 1 in Q0.31: three Newton-Raphson steps in Q2.29 from a linear guess. The guess is off by at
 * most 1/17, so the corrections cannot saturate. */
static inline int32_t tk_one_over_one_plus(int32_t x)
{
    const int32_t half_denominator = (x >> 1) + (1 << 30);
    int32_t y = 1515870810 + tk_high_mul(half_denominator, -1010580540);
    for (int step = 0; step < 3; ++step)
        y += tk_high_mul(y, (1 << 29) - tk_high_mul(half_denominator, y)) * 4;
    return y >= 1 << 30 ? INT32_MAX : y * 2;
}
#endif
