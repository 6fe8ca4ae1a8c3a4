/* SPDX-License-Identifier: 0BSD
 * DEPTHWISE_CONV_2D, int8, a scale for each output channel. */
#ifndef TK_DEPTHWISE_CONV_H
#define TK_DEPTHWISE_CONV_H

#include <stdint.h>

#include "tk_channels.h"

typedef struct tk_depthwise_conv {
    const int8_t *weights;    /**< [kernel_height][kernel_width][in_channels * multiplier] */
    const int32_t *bias;      /**< with the input's zero point folded in, for windows inside the image */
    const int32_t *edge_bias; /**< without, for windows that reach outside */
    tk_channels channels;
    int32_t offset;           /**< minus the input's zero point */
    int16_t in_width, in_channels, multiplier;
    int16_t kernel_height, kernel_width;
    int16_t stride, left, row_dilation, dilation; /**< `left`: padding; `row_dilation` along rows, the others along a row */
} tk_depthwise_conv;

/** Computes pixels [x0, x1) of an output row for multiplier 1. `rows` holds (kernel_height - 1) * row_dilation + 1 input
 * rows, NULL for rows outside the image, which count as the input's zero point. */
void tk_depthwise_conv_row_s8(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                              void *scratch);

/** The same for any multiplier. */
void tk_depthwise_multi_row_s8(const tk_depthwise_conv *p, const int8_t *const *rows, int8_t *out, int x0, int x1,
                               void *scratch);
#endif
