/* SPDX-License-Identifier: 0BSD */
#include "tk_log_softmax.h"

#include "tk_math.h"
#include "tk_reciprocal.h"

static int32_t shifted_left(int32_t value, int shift)
{
    const int64_t wide = (int64_t)value * (INT64_C(1) << shift);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* log(x) in Q5.26 of x >= 1 in Q12.19, as gemmlowp has it: x is 2^n * r with r about sqrt(sqrt(1/2)), found in two ways
 * of which the better is kept; the logarithm of r is a rational function. */
static int32_t log_of(int32_t x)
{
    const int32_t log_2 = 1488522236, quarter_root = 1805811301, half_root = 1518500250;
    const int32_t quarter = 1 << 23; /* Q6.25 */

    const int zeros = tk_leading_zeros((uint32_t)x);
    const int32_t r_a = shifted_left(tk_high_mul(shifted_left(x, zeros - 1), half_root), 1);
    const int32_t n_a = (12 - zeros) * (1 << 25) + quarter;
    const int headroom = tk_leading_zeros((uint32_t)tk_high_mul(x, half_root)) - 1;
    const int32_t r_b = shifted_left(x, headroom);
    const int32_t n_b = (12 - headroom) * (1 << 25) - quarter;
    const int32_t r = r_a < r_b ? r_a : r_b;
    const int32_t n = n_a > n_b ? n_a : n_b;

    const int32_t p = (int32_t)(((int64_t)r + quarter_root + 1) / 2);
    const int32_t q = (r - quarter_root) * 2;
    const int32_t square = tk_high_mul(q, q);
    const int32_t numerator = tk_high_mul(q, r) + tk_high_mul(tk_high_mul(q, square), 117049297);
    const int32_t denominator = tk_high_mul(p, 1057819769 + q + tk_high_mul(127690142, square)) + tk_high_mul(638450708, q);
    const int32_t rest = tk_high_mul(tk_rounding_shift(numerator, 6), tk_one_over_one_plus(denominator));
    return shifted_left(tk_high_mul(n, log_2) + rest, 1);
}

static void log_softmax_pixel(const tk_log_softmax *p, const int8_t *in, int8_t *out)
{
    int max = in[0];
    for (int c = 1; c < p->channels; ++c)
        max = in[c] > max ? in[c] : max;

    int32_t sum = 0;
    for (int c = 0; c < p->channels; ++c)
        if (max - in[c] < p->entries)
            sum += p->exp[max - in[c]];

    const int32_t log_sum = log_of(sum);
    /* Beyond this difference, subtracting the logarithm would leave Q5.26. */
    const int32_t farthest = -tk_requantise(log_sum + INT32_MIN, p->back_multiplier, p->back_shift);
    for (int c = 0; c < p->channels; ++c) {
        const int difference = max - in[c];
        int32_t value = INT8_MIN;
        if (difference < p->entries && difference < farthest)
            value = tk_clamp(tk_rounding_shift(p->scaled[difference] - log_sum, 22) + 127, INT8_MIN, INT8_MAX);
        out[c] = (int8_t)value;
    }
}

void tk_log_softmax_row_s8(const tk_log_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    const int8_t *in = rows[0] + x0 * p->channels;
    for (int x = x0; x < x1; ++x, in += p->channels, out += p->channels)
        log_softmax_pixel(p, in, out);
}
