/* SPDX-License-Identifier: 0BSD
 * The logistic curve and tanh of int16 values: one half of the former as a table, straight lines between its points. */
#ifndef TK_CURVE_H
#define TK_CURVE_H

#include <stdint.h>

enum { TK_CURVE_LAST = 255 };

/** The curve at `x` >= 0, times 2^bits, with `bits` of x between two points of the table; the end beyond it. */
static inline int32_t tk_curve_at(const uint16_t *table, int32_t x, int bits, int32_t end)
{
    const int32_t at = x >> bits;
    if (at >= TK_CURVE_LAST)
        return end;
    const int32_t step = table[at + 1] - table[at];
    return table[at] * (1 << bits) + (x & ((1 << bits) - 1)) * step;
}

/** Of an argument in which 3 * 4096 stands for 1; in Q0.15. */
static inline int16_t tk_logistic(const uint16_t *table, int32_t x)
{
    const int32_t y = tk_curve_at(table, x < 0 ? -x : x, 9, 0x7FFF << 10);
    return (int16_t)(((x < 0 ? (1 << 25) - y - 1 : y) + (1 << 9)) >> 10);
}

/** 2 * logistic(2 x) - 1 */
static inline int16_t tk_tanh(const uint16_t *table, int32_t x)
{
    const int32_t y = tk_curve_at(table, x < 0 ? -x : x, 8, 0xFFFF << 8) - (1 << 23);
    return (int16_t)(((x < 0 ? -y - 1 : y) + (1 << 7)) >> 8);
}
#endif
