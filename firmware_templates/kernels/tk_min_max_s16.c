/* SPDX-License-Identifier: 0BSD */
#include "tk_min_max_s16.h"

static int16_t smaller(const tk_pairs_s16 *p, int16_t x, int16_t y)
{
    (void)p;
    return x < y ? x : y;
}

static int16_t larger(const tk_pairs_s16 *p, int16_t x, int16_t y)
{
    (void)p;
    return x > y ? x : y;
}

void tk_minimum_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row_s16(p, smaller, rows, out, x0, x1);
}

void tk_minimum_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs_whole_s16(p, smaller, inputs, out);
}

void tk_maximum_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row_s16(p, larger, rows, out, x0, x1);
}

void tk_maximum_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs_whole_s16(p, larger, inputs, out);
}
