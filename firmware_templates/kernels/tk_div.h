/* SPDX-License-Identifier: 0BSD
 * DIV of two int8 tensors. */
#ifndef TK_DIV_H
#define TK_DIV_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_div {
    tk_operands operands;
    int32_t first_zero_point, second_zero_point;
    int32_t multiplier, shift, zero_point; /**< of the quotient */
    int8_t low, high;                      /**< activation range */
} tk_div;

void tk_div_row_s8(const tk_div *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_div_s8(const tk_div *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
