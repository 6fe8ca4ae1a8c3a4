/* SPDX-License-Identifier: 0BSD */
#include "tk_sub.h"

#include "tk_math.h"

enum { TK_SUB_LEFT_SHIFT = 20 };

static int8_t sub(const void *constants, int8_t x, int8_t y)
{
    const tk_sub *const p = constants;
    const int32_t first = tk_requantise((x - p->first_zero_point) * (1 << TK_SUB_LEFT_SHIFT), p->first_multiplier,
                                        p->first_shift);
    const int32_t second = tk_requantise((y - p->second_zero_point) * (1 << TK_SUB_LEFT_SHIFT), p->second_multiplier,
                                         p->second_shift);
    return tk_requantise_s8(first - second, p->multiplier, p->shift, p->zero_point, p->low, p->high);
}

void tk_sub_row_s8(const tk_sub *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, sub, p, rows, out, x0, x1);
}

void tk_sub_s8(const tk_sub *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, sub, p, inputs, out);
}
