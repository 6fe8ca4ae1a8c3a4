/* SPDX-License-Identifier: 0BSD
 * Functions of one int16 value that are a straight line on either side of 0: RELU, RELU6, LEAKY_RELU. */
#ifndef TK_SCALE_S16_H
#define TK_SCALE_S16_H

#include <stdint.h>

typedef struct tk_scale_s16 {
    int32_t multiplier, shift;             /**< of values from 0 on */
    int32_t below_multiplier, below_shift; /**< of values below 0 */
    int16_t falling;                       /**< the slope below 0 is negative */
    int16_t low, high;
    int32_t channels;
} tk_scale_s16;

void tk_scale_row_s16(const tk_scale_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1, void *scratch);
#endif
