/* SPDX-License-Identifier: 0BSD
 * MEAN and SUM of an int16 tensor over any axes. */
#ifndef TK_MEAN_S16_H
#define TK_MEAN_S16_H

#include <stdint.h>

typedef struct tk_mean_s16 {
    int32_t kept[3], kept_stride[3];       /**< axes of the output, outermost first: size and step in the input */
    int32_t reduced[3], reduced_stride[3]; /**< axes summed over */
    int32_t multiplier, shift;             /**< of the output; a mean's division is part of the multiplier */
} tk_mean_s16;

void tk_mean_whole_s16(const tk_mean_s16 *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
