/* SPDX-License-Identifier: 0BSD
 * PRELU of an int8 tensor: another slope below 0, from a second tensor. */
#ifndef TK_PRELU_H
#define TK_PRELU_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_prelu {
    tk_operands operands;
    int32_t first_zero_point, second_zero_point;
    int32_t multiplier, shift;             /**< where the input is not below 0 */
    int32_t slope_multiplier, slope_shift; /**< where it is */
    int32_t zero_point;                    /**< of the output */
} tk_prelu;

void tk_prelu_row_s8(const tk_prelu *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_prelu_s8(const tk_prelu *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
