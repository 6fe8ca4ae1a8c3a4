/* SPDX-License-Identifier: 0BSD
 * LOG_SOFTMAX over the channels of int8 pixels, to int8 with scale 1/16 and zero point 127. */
#ifndef TK_LOG_SOFTMAX_H
#define TK_LOG_SOFTMAX_H

#include <stdint.h>

typedef struct tk_log_softmax {
    const int32_t *scaled; /**< the differences 0, -1 ... from the largest value, times the input's scale, in Q5.26 */
    const int32_t *exp;    /**< their exp in Q12.19 */
    int32_t entries;       /**< larger differences do not count */
    int32_t back_multiplier, back_shift; /**< from Q5.26 to differences */
    int32_t channels;
} tk_log_softmax;

void tk_log_softmax_row_s8(const tk_log_softmax *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
