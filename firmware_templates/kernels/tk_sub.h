/* SPDX-License-Identifier: 0BSD
 * SUB of two int8 tensors, with TFLite's own arithmetic. */
#ifndef TK_SUB_H
#define TK_SUB_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_sub {
    tk_operands operands;
    int32_t first_zero_point, first_multiplier, first_shift;
    int32_t second_zero_point, second_multiplier, second_shift;
    int32_t multiplier, shift, zero_point; /**< of the difference */
    int8_t low, high;                      /**< activation range */
} tk_sub;

void tk_sub_row_s8(const tk_sub *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_sub_s8(const tk_sub *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
