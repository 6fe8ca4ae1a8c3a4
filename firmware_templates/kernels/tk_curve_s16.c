/* SPDX-License-Identifier: 0BSD */
#include "tk_curve_s16.h"

#include "tk_int16.h"

enum { LAST = 255 };

/* `value` in the curve's own scale. */
static int32_t argument(const tk_curve_s16 *p, int16_t value)
{
    const int32_t half = p->shift > 0 ? INT32_C(1) << (p->shift - 1) : 0;
    return (value * p->multiplier + half) >> p->shift;
}

/* The curve at `x` >= 0, times 2^bits, with `bits` of x between two points of the table; the end beyond it. */
static int32_t curve(const tk_curve_s16 *p, int32_t x, int bits, int32_t end)
{
    const int32_t at = x >> bits;
    if (at >= LAST)
        return end;
    const int32_t step = p->table[at + 1] - p->table[at];
    return p->table[at] * (1 << bits) + (x & ((1 << bits) - 1)) * step;
}

static int16_t logistic(const tk_curve_s16 *p, int16_t value)
{
    const int32_t x = argument(p, value);
    const int32_t y = curve(p, x < 0 ? -x : x, 9, 0x7FFF << 10);
    return (int16_t)(((x < 0 ? (1 << 25) - y - 1 : y) + (1 << 9)) >> 10);
}

/* 2 * logistic(2 x) - 1 */
static int16_t tangent(const tk_curve_s16 *p, int16_t value)
{
    const int32_t x = argument(p, value);
    const int32_t y = curve(p, x < 0 ? -x : x, 8, 0xFFFF << 8) - (1 << 23);
    return (int16_t)(((x < 0 ? -y - 1 : y) + (1 << 7)) >> 8);
}

void tk_logistic_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i)
        tk_out16(out)[i] = logistic(p, in[i]);
}

void tk_tanh_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *const in = tk_in16(rows[0]) + x0 * p->channels;
    for (int i = 0; i < (x1 - x0) * p->channels; ++i)
        tk_out16(out)[i] = tangent(p, in[i]);
}
