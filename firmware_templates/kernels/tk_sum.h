/* SPDX-License-Identifier: 0BSD
 * Sums of int8 values over the pixels of a window. */
#ifndef TK_SUM_H
#define TK_SUM_H

#include <stdint.h>

#include "tk_dsp.h"

enum { TK_LANE_HOLDS = 256 }; /* int8 values whose sum fits 16 bits */

#if TK_DSP
/* Two 16-bit lanes, each plus a byte of `word`: bytes 0 and 2, or 1 and 3 if `odd`. */
static inline uint32_t tk_add_bytes(uint32_t lanes, uint32_t word, int odd)
{
#if defined(__ARM_FEATURE_DSP)
    uint32_t sum;
    if (odd)
        __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(lanes), "r"(word));
    else
        __asm__("sxtab16 %0, %1, %2" : "=r"(sum) : "r"(lanes), "r"(word));
    return sum;
#else
    const uint32_t bytes = odd ? word >> 8 : word;
    const int32_t low = (int8_t)bytes, high = (int8_t)(bytes >> 16);
    return ((lanes + (uint32_t)low) & 0xffffu) | (((lanes >> 16) + (uint32_t)high) << 16);
#endif
}
#endif

/* Not inlined, so that the loop has the registers for itself. */
static __attribute__((noinline)) void tk_add4(const int8_t *const *rows, int height, int offset, int count, int stride,
                                              int32_t sums[4])
{
#if TK_DSP
    uint32_t even = 0, odd = 0;
    for (; height > 0; --height) {
        const int8_t *in = *rows++ + offset;
        for (int i = count; i > 0; --i, in += stride) {
            const uint32_t word = tk_load4(in);
            even = tk_add_bytes(even, word, 0);
            odd = tk_add_bytes(odd, word, 1);
        }
    }
    sums[0] += (int16_t)even;
    sums[1] += (int16_t)odd;
    sums[2] += (int32_t)even >> 16;
    sums[3] += (int32_t)odd >> 16;
#else
    int32_t a = 0, b = 0, c = 0, d = 0;
    for (; height > 0; --height) {
        const int8_t *in = *rows++ + offset;
        for (int i = count; i > 0; --i, in += stride) {
            a += in[0];
            b += in[1];
            c += in[2];
            d += in[3];
        }
    }
    sums[0] += a;
    sums[1] += b;
    sums[2] += c;
    sums[3] += d;
#endif
}

/** Adds four neighbouring channels of a window to `sums`: from each of `height` rows, `count` pixels that lie `stride`
 * bytes apart, the first at `offset`. */
static inline void tk_sum4(const int8_t *const *rows, int height, int offset, int count, int stride, int32_t sums[4])
{
    if (!TK_DSP || height * count <= TK_LANE_HOLDS) {
        tk_add4(rows, height, offset, count, stride, sums);
        return;
    }
    for (int k = 0; k < height; ++k)
        for (int i = 0; i < count; i += TK_LANE_HOLDS)
            tk_add4(rows + k, 1, offset + i * stride, count - i < TK_LANE_HOLDS ? count - i : TK_LANE_HOLDS, stride,
                    sums);
}

/** The same for one channel. */
static inline int32_t tk_sum1(const int8_t *const *rows, int height, int offset, int count, int stride)
{
    int32_t sum = 0;
    for (int k = 0; k < height; ++k) {
        const int8_t *in = rows[k] + offset;
        for (int i = 0; i < count; ++i, in += stride)
            sum += *in;
    }
    return sum;
}
#endif
