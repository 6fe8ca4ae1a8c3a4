/* SPDX-License-Identifier: 0BSD */
#include "tk_squared_difference.h"

#include "tk_math.h"

enum { TK_SQUARED_DIFFERENCE_LEFT_SHIFT = 7 };

static int8_t squared_difference(const void *constants, int8_t x, int8_t y)
{
    const tk_squared_difference *const p = constants;
    const int32_t first = tk_requantise((x - p->first_zero_point) * (1 << TK_SQUARED_DIFFERENCE_LEFT_SHIFT),
                                        p->first_multiplier, p->first_shift);
    const int32_t second = tk_requantise((y - p->second_zero_point) * (1 << TK_SQUARED_DIFFERENCE_LEFT_SHIFT),
                                         p->second_multiplier, p->second_shift);
    const int32_t difference = first - second;
    return tk_requantise_s8(difference * difference, p->multiplier, p->shift, p->zero_point, INT8_MIN, INT8_MAX);
}

void tk_squared_difference_row_s8(const tk_squared_difference *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, squared_difference, p, rows, out, x0, x1);
}

void tk_squared_difference_s8(const tk_squared_difference *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, squared_difference, p, inputs, out);
}
