/* SPDX-License-Identifier: 0BSD
 * MUL of two int8 tensors. */
#ifndef TK_MUL_H
#define TK_MUL_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_mul {
    tk_operands operands;
    int32_t first_zero_point, second_zero_point;
    int32_t multiplier, shift, zero_point; /**< of the product */
    int8_t low, high;                      /**< activation range */
} tk_mul;

void tk_mul_row_s8(const tk_mul *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_mul_s8(const tk_mul *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
