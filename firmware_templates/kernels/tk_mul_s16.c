/* SPDX-License-Identifier: 0BSD */
#include "tk_mul_s16.h"

static int16_t product(const tk_pairs_s16 *p, int16_t x, int16_t y) { return tk_pairs_result_s16(p, x * y); }

void tk_mul_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row_s16(p, product, rows, out, x0, x1);
}

void tk_mul_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs_whole_s16(p, product, inputs, out);
}
