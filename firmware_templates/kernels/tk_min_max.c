/* SPDX-License-Identifier: 0BSD */
#include "tk_min_max.h"

static int8_t smaller(const void *constants, int8_t x, int8_t y)
{
    (void)constants;
    return x < y ? x : y;
}

static int8_t larger(const void *constants, int8_t x, int8_t y)
{
    (void)constants;
    return x > y ? x : y;
}

void tk_minimum_row_s8(const tk_min_max *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, smaller, p, rows, out, x0, x1);
}

void tk_minimum_s8(const tk_min_max *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, smaller, p, inputs, out);
}

void tk_maximum_row_s8(const tk_min_max *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch)
{
    (void)scratch;
    tk_pairs_row(&p->operands, larger, p, rows, out, x0, x1);
}

void tk_maximum_s8(const tk_min_max *p, const int8_t *const *inputs, int8_t *out, void *scratch)
{
    (void)scratch;
    tk_pairs(&p->operands, larger, p, inputs, out);
}
