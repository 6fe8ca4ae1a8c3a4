/* SPDX-License-Identifier: 0BSD
 * LOGISTIC and TANH of int16 values: one half of the logistic curve as a table, straight lines between its points. */
#ifndef TK_CURVE_S16_H
#define TK_CURVE_S16_H

#include <stdint.h>

typedef struct tk_curve_s16 {
    const uint16_t *table;     /**< 256 values of 65536 / (1 + exp(-x)), 24 of them for each 1 of x */
    int32_t multiplier, shift; /**< of the input: to 3 * 4096 for each 1, right shift 0 to 31 */
    int32_t channels;
} tk_curve_s16;

void tk_logistic_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
void tk_tanh_row_s16(const tk_curve_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
