/* SPDX-License-Identifier: 0BSD
 * Helium: what its kernels share. Each has the same in plain C, so that what they compute can be tested on a PC. */
#ifndef TK_MVE_H
#define TK_MVE_H

#include <stdint.h>

#include "tk_math.h"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#define TK_MVE 1
#else
#define TK_MVE 0
#endif

/** Copies `count` >= 0 bytes. */
static inline void tk_mve_copy(int8_t *to, const int8_t *from, int count)
{
#if TK_MVE
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1: vldrb.u8 q0, [%[from]], #16\n"
                     "vstrb.8 q0, [%[to]], #16\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+r"(to), [from] "+r"(from)
                     : [count] "r"(count)
                     : "lr", "d0", "d1", "memory");
#else
    for (; count > 0; --count)
        *to++ = *from++;
#endif
}

/** Sets `count` >= 0 bytes to `value`. */
static inline void tk_mve_fill(int8_t *to, int value, int count)
{
#if TK_MVE
    __asm__ volatile("vdup.8 q0, %[value]\n"
                     "wlstp.8 lr, %[count], 2f\n"
                     "1: vstrb.8 q0, [%[to]], #16\n"
                     "letp lr, 1b\n"
                     "2:\n"
                     : [to] "+r"(to)
                     : [count] "r"(count), [value] "r"(value)
                     : "lr", "d0", "d1", "memory");
#else
    for (; count > 0; --count)
        *to++ = (int8_t)value;
#endif
}

/** A channel's output in plain C: TFLite's double rounding, for right shifts of 1 to 31 (`shift` is negative). `rounds`:
 * halves below zero go away from it; where every output below zero saturates, as with a zero point of -128, that is left out. */
static inline int8_t tk_mve_output(int32_t sum, int32_t multiplier, int shift, int32_t zero_point, int rounds)
{
    int32_t high = tk_high_mul(sum, multiplier);
    if (rounds)
        high += high >> 31;
    return (int8_t)tk_clamp((int32_t)(((int64_t)high + (INT64_C(1) << (-shift - 1))) >> -shift) + zero_point, -128, 127);
}
#endif
