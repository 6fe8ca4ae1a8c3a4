/* SPDX-License-Identifier: 0BSD
 * SOFTMAX of int16 values over the last axis, from two tables with straight lines between their points. */
#ifndef TK_SOFTMAX_S16_H
#define TK_SOFTMAX_S16_H

#include <stdint.h>

typedef struct tk_softmax_s16 {
    const int16_t *exp;        /**< 513 values: exp(x) from -10 to 0, in Q0.15 */
    const int16_t *reciprocal; /**< 513 values: 1 / (1 + x) from 0 to 1, in Q0.15 */
    int32_t multiplier, shift; /**< of differences: to 65535 for 10 */
    int32_t channels;
} tk_softmax_s16;

void tk_softmax_row_s16(const tk_softmax_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
