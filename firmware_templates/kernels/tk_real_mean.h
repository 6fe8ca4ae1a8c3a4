/* SPDX-License-Identifier: 0BSD
 * MEAN and SUM of float32 over any axes, each sum in the order of its elements. */
#ifndef TK_REAL_MEAN_H
#define TK_REAL_MEAN_H

#include <stdint.h>

typedef struct tk_real_mean {
    int32_t kept[3], kept_stride[3];       /**< axes of the output, outermost first: size and step in the input */
    int32_t reduced[3], reduced_stride[3]; /**< axes summed over */
    float divisor;                         /**< how many are summed up; 1 of a SUM */
} tk_real_mean;

void tk_real_mean_f32(const tk_real_mean *p, const int8_t *const *inputs, int8_t *out, void *scratch);
#endif
