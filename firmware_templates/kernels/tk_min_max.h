/* SPDX-License-Identifier: 0BSD
 * MINIMUM and MAXIMUM of two int8 tensors, by their stored values. */
#ifndef TK_MIN_MAX_H
#define TK_MIN_MAX_H

#include <stdint.h>

#include "tk_pairs.h"

typedef struct tk_min_max {
    tk_operands operands;
} tk_min_max;

void tk_minimum_row_s8(const tk_min_max *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_minimum_s8(const tk_min_max *p, const int8_t *const *inputs, int8_t *out, void *scratch);
void tk_maximum_row_s8(const tk_min_max *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_maximum_s8(const tk_min_max *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
