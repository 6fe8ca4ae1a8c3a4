/* SPDX-License-Identifier: 0BSD
 * TRANSPOSE_CONV of an int8 map. */
#ifndef TK_TRANSPOSE_CONV_H
#define TK_TRANSPOSE_CONV_H

#include <stdint.h>

#include "tk_channels.h"

typedef struct tk_transpose_conv {
    const int8_t *weights; /**< [out_channels, kernel_height, kernel_width, in_channels] */
    const int32_t *bias;
    tk_channels channels;
    int32_t in_zero_point;
    int32_t in_width, in_channels, out_channels;
    int32_t kernel_height, kernel_width, stride;
    int32_t left; /**< columns cut off in front */
} tk_transpose_conv;

void tk_transpose_conv_row_s8(const tk_transpose_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch);
#endif
