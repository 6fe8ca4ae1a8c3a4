/* SPDX-License-Identifier: 0BSD
 * Sums of int8 values over pixels, four channels at a time. */
#ifndef TK_SUM_H
#define TK_SUM_H

#include <stdint.h>

#include "tk_dsp.h"

/** Adds channels 0..3 of `count` pixels, `stride` bytes apart, to `sums`. */
static inline void tk_sum4(const int8_t *in, int count, int stride, int32_t sums[4])
{
#if TK_DSP
    while (count > 0) {
        /* 256 values of -128 just fit a 16-bit lane. */
        int run = count < 256 ? count : 256;
        uint32_t even = 0, odd = 0;
        count -= run;
        do {
            const uint32_t word = tk_load4(in);
            even = tk_even(even, word);
            odd = tk_odd(odd, word);
            in += stride;
        } while (--run > 0);
        sums[0] += (int16_t)even;
        sums[1] += (int16_t)odd;
        sums[2] += (int32_t)even >> 16;
        sums[3] += (int32_t)odd >> 16;
    }
#else
    for (; count > 0; --count, in += stride) {
        sums[0] += in[0];
        sums[1] += in[1];
        sums[2] += in[2];
        sums[3] += in[3];
    }
#endif
}

/** The same for one channel. */
static inline int32_t tk_sum1(const int8_t *in, int count, int stride)
{
    int32_t sum = 0;
    for (; count > 0; --count, in += stride)
        sum += *in;
    return sum;
}
#endif
