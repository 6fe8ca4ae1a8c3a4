/* SPDX-License-Identifier: 0BSD */
#include "tk_div.h"

#include "tk_math.h"
#include "tk_reciprocal.h"

/* The quotient of both values without their scales is 1 / y in Q0.31, times x shifted as far left as 32 bits allow. A
 * divisor of 0 counts as 1, and a shift beyond 31 bits gives 0: neither is defined in the reference. */
static int8_t divide(const void *constants, int8_t x, int8_t y)
{
    const tk_div *const p = constants;
    int32_t dividend = x - p->first_zero_point, divisor = y - p->second_zero_point;
    if (divisor < 0) {
        dividend = -dividend;
        divisor = -divisor;
    }
    divisor += !divisor;
    const int zeros = tk_leading_zeros((uint32_t)divisor);
    const int32_t reciprocal = tk_one_over_one_plus((int32_t)(((uint32_t)divisor << zeros) - UINT32_C(0x80000000)));
    const uint32_t magnitude = (uint32_t)(dividend < 0 ? ~dividend : dividend);
    const int headroom = magnitude ? tk_leading_zeros(magnitude) - 1 : 31;
    const int32_t quotient = tk_high_mul(tk_wrap((uint32_t)dividend << headroom), reciprocal);
    const int shift = p->shift - (31 - zeros) - headroom;
    const int32_t scaled = shift < -31 ? 0 : tk_requantise(quotient, p->multiplier, shift);
    return (int8_t)tk_clamp(scaled + p->zero_point, p->low, p->high);
}

void tk_div_row_s8(const tk_div *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, divide, p, rows, out, x0, x1);
}

void tk_div_s8(const tk_div *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, divide, p, inputs, out);
}
