/* SPDX-License-Identifier: 0BSD
 * TRANSPOSE_CONV of an int16 map with int8 weights. */
#ifndef TK_TRANSPOSE_CONV_S16_H
#define TK_TRANSPOSE_CONV_S16_H

#include <stdint.h>

#include "tk_channels_s16.h"

typedef struct tk_transpose_conv_s16 {
    const int8_t *weights; /**< [out_channels, kernel_height, kernel_width, in_channels] */
    tk_channels_s16 channels;
    int16_t in_width, in_channels, out_channels;
    int16_t kernel_height, kernel_width, stride;
    int16_t left; /**< columns cut off in front */
} tk_transpose_conv_s16;

/** Computes pixels [x0, x1) of an output row. `rows` holds kernel_height rows of the input drawn out by the stride, NULL
 * where there is none. */
void tk_transpose_conv_row_s16(const tk_transpose_conv_s16 *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                               void *scratch);
#endif
