/* SPDX-License-Identifier: 0BSD
 * From power to int8, without root or logarithm. */
#ifndef TK_LEVELS_H
#define TK_LEVELS_H

#include <stdint.h>

/** -128, and one more for each of the 255 ascending `thresholds` that `power` reaches. */
static inline int8_t tk_level(const uint64_t *thresholds, uint64_t power)
{
    int reached = 0;
    for (int step = 128; step > 0; step /= 2)
        if (power >= thresholds[reached + step - 1])
            reached += step;
    return (int8_t)(reached - 128);
}

#endif
