/* SPDX-License-Identifier: 0BSD */
#include "tk_softmax.h"

#include "tk_math.h"

/* 1 / (1 + x) for x = 0 ... 1 in Q0.31, as gemmlowp divides: three Newton-Raphson steps in Q2.29 from a linear guess.
 * The guess is off by at most 1/17, so the corrections cannot saturate. */
static int32_t one_over_one_plus(int32_t x)
{
    const int32_t half_denominator = (x >> 1) + (1 << 30);
    int32_t y = 1515870810 + tk_high_mul(half_denominator, -1010580540);
    for (int step = 0; step < 3; ++step)
        y += tk_high_mul(y, (1 << 29) - tk_high_mul(half_denominator, y)) * 4;
    return y >= 1 << 30 ? INT32_MAX : y * 2;
}

static int leading_zeros(uint32_t value)
{
#if defined(__GNUC__)
    return __builtin_clz(value);
#else
    int count = 0;
    for (; !(value & UINT32_C(0x80000000)); value <<= 1)
        ++count;
    return count;
#endif
}

static void softmax_pixel(const int32_t *exp, int entries, const int8_t *in, int8_t *out, int channels)
{
    int max = in[0];
    for (int c = 1; c < channels; ++c)
        max = in[c] > max ? in[c] : max;

    uint32_t sum = 0; /* Q12.19; the largest value alone makes it 1 */
    for (int c = 0; c < channels; ++c)
        if (max - in[c] < entries)
            sum += ((uint32_t)exp[max - in[c]] + (1 << 11)) >> 12;

    const int zeros = leading_zeros(sum);
    const int32_t scale = one_over_one_plus((int32_t)((sum << zeros) - UINT32_C(0x80000000)));
    const int shift = 12 - zeros + 23;
    for (int c = 0; c < channels; ++c) {
        int32_t share = 0;
        if (max - in[c] < entries && shift < 32)
            share = (int32_t)(((uint32_t)tk_high_mul(scale, exp[max - in[c]]) + (UINT32_C(1) << (shift - 1))) >> shift);
        out[c] = (int8_t)(share > 255 ? 127 : share - 128);
    }
}

void tk_softmax_row_s8(const tk_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int channels = p->channels;
    const int8_t *in = rows[0] + x0 * channels;
    for (int pixel = x0; pixel < x1; ++pixel, in += channels, out += channels)
        softmax_pixel(p->exp, p->entries, in, out, channels);
}
