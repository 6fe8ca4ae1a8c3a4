/* SPDX-License-Identifier: 0BSD
 * From 64-bit accumulators to int16: one scale for each output channel. */
#ifndef TK_CHANNELS_S16_H
#define TK_CHANNELS_S16_H

#include <stdint.h>

#include "tk_int16.h"

/** Requantisation of a convolution's or dense layer's int16 outputs, a value for each channel. */
typedef struct tk_channels_s16 {
    const int64_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;  /**< `narrow`: as tk_requantise takes it; else as tk_requantise_long does */
    int16_t low, high;    /**< activation range */
    int16_t narrow;       /**< biases of 32 bits: sums wrap at 32 bits and are rounded twice */
} tk_channels_s16;

/** The output of channel `c` for the accumulator `sum`, its bias included. */
static inline int16_t tk_channel_output_s16(const tk_channels_s16 *p, int c, int64_t sum)
{
    const int32_t scaled = p->narrow ? tk_requantise(tk_wrap((uint32_t)sum), p->multiplier[c], p->shift[c])
                                     : tk_requantise_long(sum, p->multiplier[c], p->shift[c]);
    return (int16_t)tk_clamp(scaled, p->low, p->high);
}

/** The sum of `count` products; 256 of them at a time fit 32 bits. */
static inline int64_t tk_dot_s16(const int16_t *values, const int8_t *weights, int count)
{
    int64_t sum = 0;
    while (count > 0) {
        const int some = count < 256 ? count : 256;
        int32_t part = 0;
        for (int i = 0; i < some; ++i)
            part += values[i] * weights[i];
        sum += part;
        values += some;
        weights += some;
        count -= some;
    }
    return sum;
}
#endif
