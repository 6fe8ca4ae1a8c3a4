/* SPDX-License-Identifier: 0BSD
 * From accumulators to int8: one scale for each output channel. */
#ifndef TK_CHANNELS_H
#define TK_CHANNELS_H

#include <stdint.h>

#include "tk_dsp.h"
#include "tk_math.h"

/** Requantisation of a convolution's or dense layer's outputs, a value for each channel. */
typedef struct tk_channels {
    const int32_t *multiplier;
    const int8_t *shift;     /**< `quick`: to the right, 1 to 23; else as tk_requantise takes it */
    int16_t zero_point;
    int16_t low, high;       /**< activation range */
    int16_t quick;           /**< all shifts are 1 to 23 and all accumulators are below 2^29 */
} tk_channels;

/** tk_high_mul for |value| < 2^29 by 16-bit halves: for cores that multiply to 32 bits only. */
static inline int32_t tk_high_mul_by_halves(int32_t value, int32_t multiplier)
{
    const int32_t low = (int16_t)(value & 0xffff), high = (value - low) >> 16;
    const int32_t m_low = multiplier & 0xffff, m_high = multiplier >> 16;
    const int32_t middle = high * m_low + low * m_high + ((low * m_low) >> 16);
    return 2 * high * m_high + ((middle + (1 << 14)) >> 15);
}

static inline int32_t tk_quick_high_mul(int32_t value, int32_t multiplier)
{
#if TK_DSP
    return tk_smmulr(value * 2, multiplier);
#elif defined(__thumb__) && !defined(__thumb2__)
    return tk_high_mul_by_halves(value, multiplier);
#else
    return tk_high_mul(value, multiplier);
#endif
}

/* What is rare is not repeated wherever the rest is inlined. */
static __attribute__((noinline, unused)) int8_t tk_channel_any_shift(const tk_channels *p, int c, int32_t sum)
{
    return tk_requantise_s8(sum, p->multiplier[c], p->shift[c], p->zero_point, p->low, p->high);
}

/** The output of channel `c` for the accumulator `sum`. */
TK_SHARED int8_t tk_channel_output(const tk_channels *p, int c, int32_t sum)
{
    const int32_t multiplier = p->multiplier[c];
    const int shift = p->shift[c];
    if (p->quick) {
        /* Both roundings and the zero point in one addition: see docs/architecture.md. */
        const int32_t high = tk_quick_high_mul(sum, multiplier);
        const int32_t rounded = (high + (high >> 31) + (2 * p->zero_point + 1) * (1 << (shift - 1))) >> shift;
        if (TK_DSP && p->low == -128 && p->high == 127)
            return (int8_t)tk_ssat8(rounded);
        return (int8_t)tk_clamp(rounded, p->low, p->high);
    }
    return tk_channel_any_shift(p, c, sum);
}
#endif
