/* SPDX-License-Identifier: 0BSD */
#include "tk_prelu.h"

#include "tk_math.h"

static int8_t prelu(const void *constants, int8_t x, int8_t y)
{
    const tk_prelu *const p = constants;
    const int32_t value = x - p->first_zero_point;
    if (value >= 0)
        return tk_requantise_s8(value, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
    return tk_requantise_s8(value * (y - p->second_zero_point), p->slope_multiplier, p->slope_shift, p->zero_point,
                            INT8_MIN, INT8_MAX);
}

void tk_prelu_row_s8(const tk_prelu *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, prelu, p, rows, out, x0, x1);
}

void tk_prelu_s8(const tk_prelu *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, prelu, p, inputs, out);
}
