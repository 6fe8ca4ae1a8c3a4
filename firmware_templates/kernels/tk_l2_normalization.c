/* SPDX-License-Identifier: 0BSD */
#include "tk_l2_normalization.h"

#include "tk_math.h"
#include "tk_reciprocal.h"

/* A number times 2^(shift - 31), `shift` as tk_requantise takes it. */
typedef struct scaled {
    int32_t multiplier;
    int shift;
} scaled;

static int32_t shifted_left(int32_t value, int shift)
{
    const int64_t wide = (int64_t)value * (INT64_C(1) << shift);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* 1 / sqrt(x) by five of Newton's steps in Q3.28, as TFLite has it; of 0 what it is of 1. */
static scaled inverse_root(int32_t x)
{
    if (x <= 1)
        return (scaled){ INT32_MAX, 0 };
    int shift = 11;
    for (; x >= 1 << 29; x /= 4)
        ++shift;
    const int pairs = (tk_leading_zeros((uint32_t)x) - 1) / 2 - 1;
    shift -= pairs;
    x = (x << 2 * pairs) >> 1;

    const int32_t half = tk_rounding_shift(x, 1), three_halves = (1 << 28) + (1 << 27), half_root = 1518500250;
    int32_t y = 1 << 28;
    for (int i = 0; i < 5; ++i) {
        const int32_t cube = shifted_left(tk_high_mul(tk_high_mul(y, y), y), 6);
        y = shifted_left(tk_high_mul(three_halves, y) - tk_high_mul(half, cube), 3);
    }
    y = tk_high_mul(y, half_root);
    return shift < 0 ? (scaled){ tk_wrap((uint32_t)y << -shift), 0 } : (scaled){ y, -shift };
}

void tk_l2_normalization_row_s8(const tk_l2_normalization *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                                void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + x0 * p->channels;
    for (int x = x0; x < x1; ++x, in += p->channels, out += p->channels) {
        int32_t sum = 0;
        for (int32_t c = 0; c < p->channels; ++c)
            sum += (in[c] - p->zero_point) * (in[c] - p->zero_point);
        const scaled by = inverse_root(sum);
        for (int32_t c = 0; c < p->channels; ++c) {
            const int32_t value = tk_requantise(in[c] - p->zero_point, by.multiplier, by.shift + 7);
            out[c] = (int8_t)tk_clamp(value, INT8_MIN, INT8_MAX);
        }
    }
}
