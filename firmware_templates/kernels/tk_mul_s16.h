/* SPDX-License-Identifier: 0BSD
 * MUL of two int16 tensors. */
#ifndef TK_MUL_S16_H
#define TK_MUL_S16_H

#include "tk_pairs_s16.h"

void tk_mul_row_s16(const tk_pairs_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_mul_s16(const tk_pairs_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
