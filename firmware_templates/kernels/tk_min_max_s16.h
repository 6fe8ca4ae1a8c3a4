/* SPDX-License-Identifier: 0BSD
 * MINIMUM and MAXIMUM of two int16 tensors. */
#ifndef TK_MIN_MAX_S16_H
#define TK_MIN_MAX_S16_H

#include "tk_pairs_s16.h"

void tk_minimum_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_minimum_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch);
void tk_maximum_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_maximum_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
