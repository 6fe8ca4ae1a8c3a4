/* SPDX-License-Identifier: 0BSD */
#include "tk_softmax.h"

#include "tk_int16.h"
#include "tk_reciprocal.h"

/* Shares of 2^bits: to int8 where those are 8, else to int16. */
static inline __attribute__((always_inline)) void softmax_pixel(const int32_t *exp, int entries, const int8_t *in,
                                                                int8_t *out, int channels, int bits)
{
    const int32_t most = (1 << bits) - 1;
    int max = in[0];
    for (int c = 1; c < channels; ++c)
        max = in[c] > max ? in[c] : max;

    uint32_t sum = 0; /* Q12.19; the largest value alone makes it 1 */
    for (int c = 0; c < channels; ++c)
        if (max - in[c] < entries)
            sum += ((uint32_t)exp[max - in[c]] + (1 << 11)) >> 12;

    const int zeros = tk_leading_zeros(sum);
    const int32_t scale = tk_one_over_one_plus((int32_t)((sum << zeros) - UINT32_C(0x80000000)));
    const int shift = 12 - zeros + 31 - bits;
    for (int c = 0; c < channels; ++c) {
        int32_t share = 0;
        if (max - in[c] < entries && shift < 32)
            share = (int32_t)(((uint32_t)tk_high_mul(scale, exp[max - in[c]]) + (UINT32_C(1) << (shift - 1))) >> shift);
        share = (share > most ? most : share) - (most >> 1) - 1;
        if (bits == 8)
            out[c] = (int8_t)share;
        else
            tk_out16(out)[c] = (int16_t)share;
    }
}

void tk_softmax_row_s8(const tk_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels;
    const int8_t *in = rows[0] + x0 * channels;
    for (int pixel = x0; pixel < x1; ++pixel, in += channels, out += channels)
        softmax_pixel(p->exp, p->entries, in, out, channels, 8);
}

void tk_softmax_row_s8_s16(const tk_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels;
    const int8_t *in = rows[0] + x0 * channels;
    for (int pixel = x0; pixel < x1; ++pixel, in += channels, out += 2 * channels)
        softmax_pixel(p->exp, p->entries, in, out, channels, 16);
}
