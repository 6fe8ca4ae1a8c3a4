/* SPDX-License-Identifier: 0BSD */
#include "tk_softmax_s16.h"

#include "tk_int16.h"
#include "tk_reciprocal.h"

/* The table's value at `x`, -32768 to 32767. */
static int16_t looked_up(const int16_t *table, int32_t x)
{
    const int16_t *const at = table + 256 + (x >> 7);
    const int32_t slope = (int16_t)(at[1] - at[0]);
    return (int16_t)(at[0] + ((slope * (x & 127) + 64) >> 7));
}

static void softmax(const tk_softmax_s16 *p, const int16_t *in, int16_t *out)
{
    int16_t most = INT16_MIN;
    for (int c = 0; c < p->channels; ++c)
        most = in[c] > most ? in[c] : most;
    int32_t sum = 0; /* Q16.15 */
    for (int c = 0; c < p->channels; ++c) {
        const int32_t scaled = tk_requantise(in[c] - most, p->multiplier, p->shift);
        out[c] = looked_up(p->exp, tk_clamp(tk_wrap((uint32_t)scaled + 32767U), -32768, 32767));
        sum += out[c];
    }
    const int headroom = tk_leading_zeros((uint32_t)sum);
    /* The sum as 1 to 2 in Q1.16, of which the table wants what is above 1, from -32768 on. */
    const int32_t shifted = (int32_t)((((int64_t)sum << headroom) + (1 << 14)) >> 15) - (1 << 15) - (1 << 16);
    const int16_t reciprocal = looked_up(p->reciprocal, tk_clamp(shifted, -32768, 32767));
    const int right = 31 - headroom;
    for (int c = 0; c < p->channels; ++c) {
        const int64_t scaled = ((int64_t)out[c] * reciprocal + (INT64_C(1) << (right - 1))) >> right;
        out[c] = (int16_t)tk_clamp((int32_t)scaled, 0, INT16_MAX);
    }
}

void tk_softmax_row_s16(const tk_softmax_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int16_t *in = tk_in16(rows[0]) + x0 * p->channels;
    int16_t *to = tk_out16(out);
    for (int x = x0; x < x1; ++x, in += p->channels, to += p->channels)
        softmax(p, in, to);
}
