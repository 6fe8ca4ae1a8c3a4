/* SPDX-License-Identifier: 0BSD */
#include "tk_sum_s16.h"

enum { LEFT_SHIFT = 15 }; /* of both operands, for the sake of the rounding */

static int32_t first(const tk_pairs_s16 *p, int16_t x)
{
    return tk_requantise(x * (1 << LEFT_SHIFT), p->first_multiplier, p->first_shift);
}

static int32_t second(const tk_pairs_s16 *p, int16_t y)
{
    return tk_requantise(y * (1 << LEFT_SHIFT), p->second_multiplier, p->second_shift);
}

static int16_t sum(const tk_pairs_s16 *p, int16_t x, int16_t y)
{
    return tk_pairs_result_s16(p, first(p, x) + second(p, y));
}

static int16_t difference(const tk_pairs_s16 *p, int16_t x, int16_t y)
{
    return tk_pairs_result_s16(p, first(p, x) - second(p, y));
}

void tk_add_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row_s16(p, sum, rows, out, x0, x1);
}

void tk_add_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs_whole_s16(p, sum, inputs, out);
}

void tk_sub_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row_s16(p, difference, rows, out, x0, x1);
}

void tk_sub_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs_whole_s16(p, difference, inputs, out);
}
