/* SPDX-License-Identifier: 0BSD
 * Cepstra of a frame's levels. */
#ifndef TK_CEPSTRUM_H
#define TK_CEPSTRUM_H

#include <stdint.h>

/** Writes `count` cepstra of the `bands` levels given. `cosines` [count][bands] are in 2^-22; the first row is of the mean, which runs
 * over int8 as levels do; the others lie around 0. All are clipped. */
static inline void tk_cepstrum(const int32_t *cosines, uint32_t count, uint32_t bands, const int8_t *levels, int8_t *cepstra)
{
    for (uint32_t k = 0; k < count; ++k) {
        int64_t sum = 1 << 21;
        for (uint32_t n = 0; n < bands; ++n)
            sum += (int64_t)*cosines++ * levels[n];
        sum >>= 22;
        cepstra[k] = (int8_t)(sum > 127 ? 127 : sum < -128 ? -128 : sum);
    }
}

#endif
