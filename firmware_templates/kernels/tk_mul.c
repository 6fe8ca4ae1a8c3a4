/* SPDX-License-Identifier: 0BSD */
#include "tk_mul.h"

#include "tk_math.h"

static int8_t mul(const void *constants, int8_t x, int8_t y)
{
    const tk_mul *const p = constants;
    const int32_t product = (x - p->first_zero_point) * (y - p->second_zero_point);
    return tk_requantise_s8(product, p->multiplier, p->shift, p->zero_point, p->low, p->high);
}

void tk_mul_row_s8(const tk_mul *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, mul, p, rows, out, x0, x1);
}

void tk_mul_s8(const tk_mul *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, mul, p, inputs, out);
}
