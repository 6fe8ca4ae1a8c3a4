/* SPDX-License-Identifier: 0BSD
 * SQUARED_DIFFERENCE of two int8 tensors. */
#ifndef TK_SQUARED_DIFFERENCE_H
#define TK_SQUARED_DIFFERENCE_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_squared_difference {
    tk_operands operands;
    int32_t first_zero_point, first_multiplier, first_shift;
    int32_t second_zero_point, second_multiplier, second_shift;
    int32_t multiplier, shift, zero_point; /**< of the square */
} tk_squared_difference;

void tk_squared_difference_row_s8(const tk_squared_difference *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_squared_difference_s8(const tk_squared_difference *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
